package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5"

	"kommunalplanner.example/cmd/internal/world"
)

// privacy looks through every row of the database and every log for the text that stands in the counsellors'
// private appointments, and the logs for the citizens' numbers.
func (t *tour) privacy(ctx context.Context) error {
	rows, err := t.pool.Query(ctx, "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = 'public'")
	if err != nil {
		return err
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, table := range tables {
		var n int
		// The names come from the catalog, quoted by it.
		if err := t.pool.QueryRow(ctx, "select count(*) from "+table+" r where r::text like '%' || $1 || '%' or r::text like '%Tandlæge%'", world.PrivateMarker).Scan(&n); err != nil {
			return fmt.Errorf("search %s: %w", table, err)
		}
		if n > 0 {
			return fmt.Errorf("%d rows of %s hold private text", n, table)
		}
	}
	logs, err := filepath.Glob(filepath.Join(t.dir, "*.log"))
	if err != nil {
		return err
	}
	for _, file := range logs {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if bytes.Contains(text, []byte(world.PrivateMarker)) || bytes.Contains(text, []byte("Tandlæge")) {
			return fmt.Errorf("%s holds private text", file)
		}
		for _, cpr := range t.info.Citizens[:3] {
			if bytes.Contains(text, []byte(cpr)) {
				return fmt.Errorf("%s holds a CPR number", file)
			}
		}
	}
	return nil
}

func fetch(req *http.Request) (int, string, error) { return fetchWith(http.DefaultClient, req) }

func fetchWith(client *http.Client, req *http.Request) (int, string, error) {
	resp, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(page), err
}
