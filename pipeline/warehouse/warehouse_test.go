package warehouse_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"zhibiao/pipeline/warehouse"
)

// TestMain also runs the helper processes of the tests about two processes.
func TestMain(m *testing.M) {
	switch os.Getenv("WAREHOUSE_TEST_HELPER") {
	case "hold":
		hold(os.Getenv("WAREHOUSE_TEST_PATH"))
	case "publish":
		publishForEver(os.Getenv("WAREHOUSE_TEST_PATH"))
	default:
		os.Exit(m.Run())
	}
}

func helper(t *testing.T, role, path string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), "WAREHOUSE_TEST_HELPER="+role, "WAREHOUSE_TEST_PATH="+path)
	cmd.Stderr = os.Stderr
	return cmd
}

// hold opens the warehouse, says so, and waits for its standard input to close.
func hold(path string) {
	db, err := warehouse.Open(context.Background(), path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(os.Getpid())
	if _, err := bufio.NewReader(os.Stdin).ReadByte(); err != nil && !errors.Is(err, io.EOF) {
		os.Exit(1)
	}
	if err := db.Close(); err != nil {
		os.Exit(1)
	}
}

func open(t testing.TB, path string) *warehouse.DB {
	t.Helper()
	db, err := warehouse.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// reopen closes db and opens path again.
func reopen(t testing.TB, db *warehouse.DB, path string) *warehouse.DB {
	t.Helper()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return open(t, path)
}

func count(t testing.TB, db *warehouse.DB, query string) int {
	t.Helper()
	var n int
	if err := db.SQL().QueryRow(query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func TestSecondProcessIsToldWhoHoldsTheWarehouse(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "数据.duckdb")
	cmd := helper(t, "hold", path)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("helper did not open the warehouse: %v", err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}

	_, err = warehouse.Open(t.Context(), path)
	var locked *warehouse.LockedError
	if !errors.As(err, &locked) || !errors.Is(err, warehouse.ErrLocked) {
		t.Fatalf("Open while held: got %v, want a LockedError", err)
	}
	if locked.PID != pid {
		t.Errorf("holder: got PID %d, want %d", locked.PID, pid)
	}
	if !strings.Contains(locked.Error(), strconv.Itoa(pid)) {
		t.Errorf("message %q does not name the process", locked)
	}

	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	open(t, path) // the lock went with the process
}

func TestSameFileUnderAnotherNameIsLockedToo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "a.duckdb")
	open(t, path)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "b.duckdb")
	if err := os.Symlink(path, file); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, filepath.Join(link, "a.duckdb"), file} {
		if _, err := warehouse.Open(t.Context(), name); !errors.Is(err, warehouse.ErrLocked) {
			t.Errorf("Open(%s): got %v, want ErrLocked", name, err)
		}
	}
}

func TestPathThatTheDriverWouldMisreadIsRefused(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a?access_mode=read_only", "100%.duckdb", "a#b"} {
		if _, err := warehouse.Open(t.Context(), filepath.Join(t.TempDir(), name)); err == nil {
			t.Errorf("Open(%s): no error", name)
		}
	}
}

func TestMigrationsAreAppliedOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "w.duckdb")
	db := open(t, path)
	n := count(t, db, "SELECT count(*) FROM migration")
	if n < 3 {
		t.Fatalf("got %d migrations", n)
	}
	db = reopen(t, db, path)
	if got := count(t, db, "SELECT count(*) FROM migration"); got != n {
		t.Errorf("after reopening: got %d migrations, want %d", got, n)
	}
}

func TestWarehouseOfOtherMigrationsIsRefused(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]string{
		"changed": "UPDATE migration SET checksum = 'x' WHERE version = 2",
		"renamed": "UPDATE migration SET name = 'migration/0002_other.sql' WHERE version = 2",
		"newer":   "INSERT INTO migration (version, name, checksum) VALUES (9999, 'migration/9999_future.sql', 'x')",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "w.duckdb")
			db := open(t, path)
			if err := db.Write(t.Context(), func(tx *sql.Tx) error {
				_, err := tx.Exec(change)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			again, err := warehouse.Open(t.Context(), path)
			if err == nil {
				t.Fatalf("opened: %v", again.Close())
			}
			if !strings.Contains(err.Error(), "migration") {
				t.Errorf("error does not speak of the migration: %v", err)
			}
		})
	}
}

func TestSchemaHasNoKeysOrIndexes(t *testing.T) {
	t.Parallel()
	db := open(t, "")
	if n := count(t, db, "SELECT count(*) FROM duckdb_indexes()"); n != 0 {
		t.Errorf("got %d indexes", n)
	}
	if n := count(t, db, "SELECT count(*) FROM duckdb_constraints() WHERE constraint_type NOT IN ('NOT NULL', 'CHECK')"); n != 0 {
		t.Errorf("got %d keys", n)
	}
}

func TestLockDown(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	csv := filepath.Join(dir, "in.csv")
	if err := os.WriteFile(csv, []byte("a\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"", filepath.Join(dir, "w.duckdb")} {
		db := open(t, path)
		for _, query := range []string{
			"SELECT * FROM read_csv('/etc/passwd')",
			"SELECT * FROM read_csv('" + csv + "')",
			"SELECT * FROM read_text('" + csv + "')",
			"SELECT * FROM '" + csv + "'",
			"SELECT * FROM glob('/*')",
			"COPY (SELECT 1) TO '" + filepath.Join(dir, "out.csv") + "'",
			"COPY submission FROM '" + csv + "'",
			"ATTACH '" + filepath.Join(dir, "other.duckdb") + "'",
			"EXPORT DATABASE '" + filepath.Join(dir, "export") + "'",
			"INSTALL httpfs",
			"LOAD httpfs",
			"SET enable_external_access = true",
			"SET lock_configuration = false",
			"SET memory_limit = '100GB'",
			"SET threads = 64",
		} {
			if _, err := db.SQL().Exec(query); err == nil {
				t.Errorf("path %q: %s: was allowed", path, query)
			}
		}
	}
	for _, name := range []string{"out.csv", "other.duckdb", "export"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s was made", name)
		}
	}
}

func TestWriteRollsBackOnErrorAndOnPanic(t *testing.T) {
	t.Parallel()
	db := open(t, "")
	insert := func(tx *sql.Tx) {
		if _, err := tx.Exec("INSERT INTO series (id, indicator, area) VALUES (1, 'A', 'ALL')"); err != nil {
			t.Fatal(err)
		}
	}
	wrong := errors.New("wrong")
	if err := db.Write(t.Context(), func(tx *sql.Tx) error { insert(tx); return wrong }); !errors.Is(err, wrong) {
		t.Errorf("got error %v, want %v", err, wrong)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = db.Write(t.Context(), func(tx *sql.Tx) error { insert(tx); panic("oops") })
	}()
	if n := count(t, db, "SELECT count(*) FROM series"); n != 0 {
		t.Errorf("got %d rows after roll-back", n)
	}
	if err := db.Write(t.Context(), func(tx *sql.Tx) error { insert(tx); return nil }); err != nil {
		t.Errorf("write after a panic: %v", err)
	}
}

func TestBuildWithoutTheTagSaysWhatToDo(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "build", "-tags=", ".").CombinedOutput()
	if err == nil {
		t.Fatal("it built")
	}
	if !strings.Contains(string(out), "build with make, or add -tags=duckdb_arrow") {
		t.Errorf("got:\n%s", out)
	}
}
