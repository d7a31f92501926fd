package plannerdb

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb/dbsqlc"
)

// PutCodeLists replaces the lists that occur among the codes, each as a whole. Other lists stay.
func (s *Store) PutCodeLists(ctx context.Context, codes []planner.ListedCode) error {
	b, q := newBatch()
	b.BeginTx(pgx.TxOptions{})
	seen := map[string]bool{}
	for _, c := range codes {
		if !seen[c.List] {
			seen[c.List] = true
			_ = q.DeleteCodeList(ctx, c.List)
		}
	}
	for _, c := range codes {
		_ = q.InsertCode(ctx, dbsqlc.InsertCodeParams{
			List: c.List, Code: int32(c.Code), Name: c.Name, ValidFrom: orNoDate(c.ValidFrom), ValidTo: orNoDate(c.ValidTo),
		})
	}
	if err := s.whole(ctx, b); err != nil {
		return fmt.Errorf("put code lists: %w", err)
	}
	return nil
}

func orNoDate(d planner.Date) pgtype.Date {
	if d == (planner.Date{}) {
		return pgtype.Date{}
	}
	return fromDate(d)
}

// InvalidCodes lists those codes of an option that are not valid today. A list that was never imported is not checked.
func (s *Store) InvalidCodes(ctx context.Context, o planner.InterviewOption) ([]planner.ListedCode, error) {
	used := o.Codes()
	var lists []string
	for _, c := range used {
		lists = append(lists, c.List)
	}
	rows, err := dbsqlc.New(s.pool).Codes(ctx, dbsqlc.CodesParams{OnDate: fromDate(planner.DateOf(s.now())), Lists: lists})
	if err != nil {
		return nil, fmt.Errorf("read code lists: %w", err)
	}
	type key struct {
		list string
		code int
	}
	imported, valid := map[string]bool{}, map[key]bool{}
	for _, r := range rows {
		imported[r.List] = true
		valid[key{r.List, int(r.Code)}] = r.Valid
	}
	var wrong []planner.ListedCode
	for _, c := range used {
		if imported[c.List] && !valid[key{c.List, c.Code}] {
			wrong = append(wrong, c)
		}
	}
	return wrong, nil
}
