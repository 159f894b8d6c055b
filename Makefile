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
	go vet $(TAGS) ./... && go test $(TAGS) ./...
bench:
	go test $(TAGS) -run '^$$' -bench . -benchmem ./...
bench-forecast:
	ZHIBIAO_FORECAST=$(abspath $(or $(ZHIBIAO_FORECAST),../shared/data/forecast)) go test $(TAGS) -run '^$$' -bench '^BenchmarkM3$$' ./kpi/projection
# Go sometimes fails a fuzz run whose time is up while an input is being tried, with
# no more to say than “context deadline exceeded”. A find always names its input.
fuzz:
	@for p in $$(grep -rl --include='*_test.go' 'func Fuzz' $(FUZZIN) | xargs -n1 dirname | sort -u); do \
	for f in $$(grep -hoE 'func Fuzz[A-Za-z0-9]+' $$p/*_test.go | cut -c6-); do echo "== $$p $$f"; \
		out=$$(go test $(TAGS) -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x ./$$p 2>&1) && ok=1 || ok=0; \
		echo "$$out" | tail -3; \
		if [ $$ok = 0 ]; then case "$$out" in \
			*"Failing input"*|*"failure while testing"*) echo "$$out"; exit 1;; \
			*"context deadline exceeded"*) ;; \
			*) echo "$$out"; exit 1;; \
		esac; fi; done; done
lint:
	$(LINT) run ./...
serve: build
	./bin/zhibiao serve
