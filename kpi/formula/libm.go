package formula

// #cgo LDFLAGS: -lm
// #include <math.h>
import "C"

// The engine takes logarithms and powers from the C library, which differs from
// package math in the last bit. A figure is the same figure whoever computes it.

func ln(x float64) float64 { return float64(C.log(C.double(x))) }

func exp(x float64) float64 { return float64(C.exp(C.double(x))) }
