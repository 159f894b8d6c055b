export CGO_ENABLED = 1
GO = go
TAGS = -tags=duckdb_arrow

.PHONY: build demo test bench fuzz lint serve

build:
	$(GO) build $(TAGS) -o bin/zhibiao ./cmd/zhibiao
test:
	$(GO) vet $(TAGS) ./... && $(GO) test $(TAGS) ./...
