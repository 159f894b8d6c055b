package indicator

import "slices"

// Mixed is the vintage or caliber of a value whose parts have different ones.
const Mixed = "mixed"

// SameCaliber reports whether two values are of one caliber (口径): the same, or
// one of them without a mark. A value of mixed parts is of none.
func (p Point) SameCaliber(q Point) bool {
	return p.Caliber != Mixed && q.Caliber != Mixed && (p.Caliber == q.Caliber || p.Caliber == "" || q.Caliber == "")
}

// A Caliber follows the caliber of a series from its first value on.
type Caliber string

// Next takes the next value and reports whether the caliber changes with it: such
// a value has the status Break (口径变动, catalogue §5.2). A value without a mark is
// of the caliber before it; one of mixed parts is of none, and changes nothing.
//
// The status is not stored: a filed value breaks its series only beside what is
// known of the periods before, and a restatement of those in the new caliber heals
// it. So it is found when a series is read.
func (c *Caliber) Next(mark string) (breaks bool) {
	if mark == "" || mark == Mixed {
		return false
	}
	breaks = *c != "" && string(*c) != mark
	*c = Caliber(mark)
	return breaks
}

// Breaks gives every value with which the caliber of a series changes the status
// Break. The values are of one series, oldest first.
func Breaks(points []Point) {
	var c Caliber
	for i := range points {
		if pt := &points[i]; c.Next(pt.Caliber) {
			pt.Marked, pt.Status = pt.Status, Break
		}
	}
}

// Unbroken is the values, oldest first, up to the month that ends at end, from the
// last change of caliber on: what growth, trend and season may be taken from.
func Unbroken(points []Point, end int) []Point {
	for len(points) > 0 && points[len(points)-1].Period.End > end {
		points = points[:len(points)-1]
	}
	mark := ""
	for i, pt := range slices.Backward(points) {
		switch c := pt.Caliber; {
		case mark == "":
			mark = c
		case c != "" && c != mark:
			return points[i+1:]
		}
	}
	return points
}
