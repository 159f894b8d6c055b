//go:build duckdb_arrow

package warehouse

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
)

//go:embed migration/*.sql
var migrations embed.FS

//go:embed migration.sql
var migrationSQL string

// migrate brings the schema up to date, one transaction a migration, and
// checkpoints when it changed anything. It refuses a warehouse whose applied
// migrations are not a prefix of ours: one that was edited afterwards, or one
// that a newer program made.
func migrate(ctx context.Context, db *sql.DB) error {
	if _, err := db.ExecContext(ctx, migrationSQL); err != nil {
		return fmt.Errorf("create migration table: %w", err)
	}
	applied, err := appliedMigrations(ctx, db)
	if err != nil {
		return err
	}
	files, err := fs.Glob(migrations, "migration/*.sql")
	if err != nil {
		return fmt.Errorf("list migrations: %w", err)
	}
	slices.Sort(files)
	if len(applied) > len(files) {
		return fmt.Errorf("migration %s is unknown: the warehouse was made by a newer program", applied[len(files)].name)
	}
	for i, file := range files {
		text, err := migrations.ReadFile(file)
		if err != nil {
			return fmt.Errorf("read %s: %w", file, err)
		}
		sum := sha256.Sum256(text)
		m := migration{name: file, checksum: hex.EncodeToString(sum[:])}
		if i < len(applied) {
			if applied[i] != m {
				return fmt.Errorf("migration %s was applied with other content: want %s %s, found %s", m.name, m.name, m.checksum, applied[i])
			}
			continue
		}
		if err := apply(ctx, db, i+1, m, string(text)); err != nil {
			return fmt.Errorf("apply %s: %w", file, err)
		}
	}
	if len(applied) == len(files) {
		return nil
	}
	if _, err := db.ExecContext(ctx, "CHECKPOINT"); err != nil {
		return fmt.Errorf("checkpoint after migration: %w", err)
	}
	return nil
}

type migration struct{ name, checksum string }

func (m migration) String() string { return m.name + " " + m.checksum }

func appliedMigrations(ctx context.Context, db *sql.DB) (_ []migration, err error) {
	rows, err := db.QueryContext(ctx, "SELECT name, checksum FROM migration ORDER BY version")
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var list []migration
	for rows.Next() {
		var m migration
		if err := rows.Scan(&m.name, &m.checksum); err != nil {
			return nil, fmt.Errorf("read migration: %w", err)
		}
		list = append(list, m)
	}
	return list, rows.Err()
}

func apply(ctx context.Context, db *sql.DB, version int, m migration, text string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, text)
	if err == nil {
		_, err = tx.ExecContext(ctx, "INSERT INTO migration (version, name, checksum) VALUES ($version, $name, $checksum)",
			sql.Named("version", version), sql.Named("name", m.name), sql.Named("checksum", m.checksum))
	}
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}
