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
	"kommunalplanner.example/planner"
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
	graph, err := openGraph()
	if err != nil {
		return err
	}
	defer graph.CloseIdleConnections()
	members, err := groupMembers(ctx, graph, f.what)
	if err != nil {
		return err
	}
	list := make([]roster.Member, len(members))
	basic := false
	for i, m := range members {
		list[i] = roster.Member{ObjectID: m.ObjectID, Name: m.Name, GivenName: m.GivenName, Surname: m.Surname, Mail: m.Mail, Phone: m.Phone, Guest: m.Guest, Disabled: m.Disabled}
		basic = basic || m.Basic
		if f.hours && !m.Guest && !m.Disabled && m.Mail != "" {
			if list[i].Hours, err = outlookHours(ctx, graph, m, out); err != nil {
				return err
			}
		}
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

// outlookHours gives a member's week as Outlook has it, or tells why it is not taken and gives none. An error is one that ends the import.
func outlookHours(ctx context.Context, graph *msgraph.Client, m msgraph.Member, out io.Writer) (*roster.Week, error) {
	h, err := graph.WorkingHours(ctx, m.ObjectID)
	var mailbox *calendar.MailboxError
	switch {
	case errors.As(err, &mailbox) && mailbox.Reason == calendar.MailboxDenied:
		fmt.Fprintf(out, "hours of %s stay: the app needs MailboxSettings.Read for the mailbox (%s)\n", m.Name, mailbox.Code)
		return nil, nil
	case errors.As(err, &mailbox):
		fmt.Fprintf(out, "hours of %s stay: %s\n", m.Name, mailbox)
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read the working hours of %s: %w", m.ObjectID, err)
	case !h.Danish():
		fmt.Fprintf(out, "hours of %s stay: Outlook has them in %q, not in Danish time\n", m.Name, h.Zone)
		return nil, nil
	}
	week := roster.Week{}
	for _, day := range h.Weekdays {
		week = append(week, planner.WorkingHours{Weekday: day, StartMinute: h.StartMinute, EndMinute: h.EndMinute})
	}
	return &week, nil
}

func openGraph() (*msgraph.Client, error) {
	c, err := service.FromEnv(os.LookupEnv)
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	cfg, err := c.Graph.Client(time.Now, func(msgraph.Call) {})
	if err != nil {
		return nil, err
	}
	return msgraph.New(cfg)
}

func groupMembers(ctx context.Context, graph *msgraph.Client, group string) ([]msgraph.Member, error) {
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
