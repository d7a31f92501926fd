package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"kommunalplanner.example/cmd/internal/service"
	"kommunalplanner.example/planner/roster"
	"kommunalplanner.example/sync/calendar"
	"kommunalplanner.example/sync/msgraph"
)

// importGroup takes case workers from a group of the directory, as importWorkers does from a file.
func importGroup(ctx context.Context, args []string, out io.Writer) error {
	f, err := parseImport("group", args)
	if err != nil || f.jobCenter == "" {
		return errUsage
	}
	members, err := groupMembers(ctx, f.what)
	if err != nil {
		return err
	}
	list := make([]roster.Member, len(members))
	basic := false
	for i, m := range members {
		list[i] = roster.Member{ObjectID: m.ObjectID, Name: m.Name, GivenName: m.GivenName, Surname: m.Surname, Mail: m.Mail, Phone: m.Phone, Guest: m.Guest, Disabled: m.Disabled}
		basic = basic || m.Basic
	}
	store, done, err := service.OpenRoster(ctx, os.LookupEnv)
	if err != nil {
		return err
	}
	defer done()
	steps, err := store.Import(ctx, roster.MemberRows(list), roster.PlanOptions{JobCenter: f.jobCenter, Leavers: f.leavers}, "admin:"+who(), "imported from a group", f.apply)
	if err != nil {
		return err
	}
	if basic {
		fmt.Fprintln(out, "The app may not read which accounts are disabled, nor telephone numbers: User.Read.All would tell")
	}
	return tellSteps(ctx, out, store, steps, source{"member", "not in the group"}, f.apply)
}

func groupMembers(ctx context.Context, group string) ([]msgraph.Member, error) {
	c, err := service.FromEnv(os.LookupEnv)
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	cfg, err := c.Graph.Client(time.Now, func(msgraph.Call) {})
	if err != nil {
		return nil, err
	}
	graph, err := msgraph.New(cfg)
	if err != nil {
		return nil, err
	}
	defer graph.CloseIdleConnections()
	members, err := graph.GroupMembers(ctx, group)
	var refused *calendar.RefusedError
	if errors.As(err, &refused) {
		switch refused.Status {
		case http.StatusForbidden:
			return nil, fmt.Errorf("read the group: consent GroupMember.Read.All and User.ReadBasic.All to the app: %w", err)
		case http.StatusNotFound:
			return nil, fmt.Errorf("there is no group %q: %w", group, err)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read the group: %w", err)
	}
	return members, nil
}
