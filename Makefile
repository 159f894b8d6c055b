# The two commands a new user needs are `make demo` and `make test`.
export CGO_ENABLED = 1
TAGS = -tags=duckdb_arrow
LINT = go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
FUZZTIME = 30s
FUZZIN = .

.PHONY: build demo test bench bench-forecast fuzz lint serve
build:
	go build $(TAGS) -o bin/zhibiao ./cmd/zhibiao
demo: build
	./bin/zhibiao demo --dir demo
test:
	go vet $(TAGS) ./... && go test $(TAGS) -timeout 20m ./...
bench:
	go test $(TAGS) -run '^$$' -bench . -benchmem ./...
bench-forecast:
	ZHIBIAO_FORECAST=$(abspath $(or $(ZHIBIAO_FORECAST),../shared/data/forecast)) go test $(TAGS) -run '^$$' -bench '^BenchmarkM3$$' ./kpi/projection
fuzz:
	@grep -roE --include='*_test.go' 'func Fuzz[A-Za-z0-9]+' $(FUZZIN) | sed 's|/[^/]*:func | |' | sort | TAGS='$(TAGS)' FUZZTIME=$(FUZZTIME) xargs -n2 -P2 .ci/fuzz
lint:
	$(LINT) run ./...
serve: build
	./bin/zhibiao serve
