# The two commands a new user needs are `make demo` and `make test`.
export CGO_ENABLED = 1
TAGS = -tags=duckdb_arrow
LINT = go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
FUZZTIME = 30s

.PHONY: build demo test bench fuzz lint serve
build:
	go build $(TAGS) -o bin/zhibiao ./cmd/zhibiao
demo: build
	./bin/zhibiao demo --dir demo
test:
	go vet $(TAGS) ./... && go test $(TAGS) ./...
bench:
	go test $(TAGS) -run '^$$' -bench . -benchmem ./...
fuzz:
	@for p in $$(grep -rl --include='*_test.go' 'func Fuzz' . | xargs -n1 dirname | sort -u); do for f in $$(grep -rhoE 'func Fuzz[A-Za-z0-9]+' $$p/*_test.go | cut -c6-); do echo "== $$p $$f"; go test $(TAGS) -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$p || exit 1; done; done
lint:
	$(LINT) run ./...
serve: build
	./bin/zhibiao serve
