//go:build !duckdb_arrow

package warehouse

// The Arrow interface of the DuckDB driver stands behind a build tag. Without
// it the warehouse cannot load, so the build stops here and says what to do.
var _ int = "build with make, or add -tags=duckdb_arrow to the go command: the warehouse loads through Arrow"
