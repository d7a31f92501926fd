package pgtest_test

import (
	"context"
	"testing"

	"kommunalplanner.example/migrations"
	"kommunalplanner.example/migrations/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestACloneIsMigrated(t *testing.T) {
	t.Parallel()
	if err := migrations.Check(context.Background(), pgtest.New(t)); err != nil {
		t.Fatal(err)
	}
}

func TestClonesDoNotSeeEachOther(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	a, b := pgtest.New(t), pgtest.New(t)
	if _, err := a.Exec(ctx, "insert into job_center (code, name) values ('10100', 'Prøveby')"); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := b.QueryRow(ctx, "select count(*) from job_center").Scan(&n); err != nil || n != 0 {
		t.Fatalf("the other clone has %d rows, err %v", n, err)
	}
}
