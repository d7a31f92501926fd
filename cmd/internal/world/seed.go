package world

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
	"kommunalplanner.example/planner/staffdb"
	"kommunalplanner.example/sync/graphsim"
	"kommunalplanner.example/sync/syncdb"
)

// SeedPlanner puts the job centre, its counsellors and options into the planner.
func SeedPlanner(ctx context.Context, store *plannerdb.Store, people []Counsellor) error {
	if err := store.PutJobCenter(ctx, planner.JobCenter{Code: JobCenterCode, Name: JobCenterName}); err != nil {
		return fmt.Errorf("seed job centre: %w", err)
	}
	for _, p := range people {
		if err := store.PutCaseWorker(ctx, p.CaseWorker); err != nil {
			return fmt.Errorf("seed case worker %s: %w", p.Email, err)
		}
	}
	for _, o := range Options(len(people)) {
		var holders []uuid.UUID
		for _, i := range o.Holders {
			holders = append(holders, people[i].ID)
		}
		if err := store.PutInterviewOption(ctx, JobCenterCode, o.InterviewOption, holders); err != nil {
			return fmt.Errorf("seed option %s: %w", o.Title, err)
		}
	}
	return nil
}

// StaffLogin is the summoner's; StaffPassword lets them into the pages of a Local world.
const (
	StaffLogin    = "ida"
	StaffPassword = "fire ord til prøve"
)

// SeedStaff makes a summoner's account, or gives the one that is there the password.
func SeedStaff(ctx context.Context, store *staffdb.Store, password string) error {
	ida := planner.Staff{Login: StaffLogin, Name: "Ida Indkalder", Roles: []planner.Role{planner.RoleSummoner}, JobCenters: []planner.JobCenterCode{JobCenterCode}}
	var err error
	if ida.ID, err = store.Put(ctx, ida, "admin:seed"); errors.Is(err, staffdb.ErrLoginTaken) {
		var known staffdb.Account
		known, err = store.Named(ctx, StaffLogin)
		ida = known.Staff
	}
	if err == nil {
		err = store.SetPassword(ctx, ida, password, "admin:seed")
	}
	if err != nil {
		return fmt.Errorf("seed staff: %w", err)
	}
	return nil
}

// SeedTenant makes the counsellors' mailboxes at Graph and fills them with so many weeks.
func SeedTenant(graph *graphsim.Server, people []Counsellor, weeks int, now time.Time) error {
	for i, p := range people {
		graph.AddUser(graphsim.User{ObjectID: p.ObjectID, UPN: p.Email, DisplayName: p.GivenName + " " + p.Surname})
		outlook, err := graph.Outlook(p.ObjectID)
		if err != nil {
			return err
		}
		for _, e := range Weeks(i, weeks, now) {
			if _, err := outlook.Create(e); err != nil {
				return fmt.Errorf("seed calendar of %s: %w", p.Email, err)
			}
		}
	}
	return nil
}

// SeedMailboxes makes the calendars known to the sync, which starts their first reading.
func SeedMailboxes(ctx context.Context, store *syncdb.Store, people []Counsellor) error {
	for _, p := range people {
		if _, err := store.AddMailbox(ctx, p.ID, p.ObjectID, p.Email); err != nil {
			return fmt.Errorf("seed mailbox of %s: %w", p.Email, err)
		}
	}
	return nil
}
