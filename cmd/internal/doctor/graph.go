package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kommunalplanner.example/sync/calendar"
)

func examineGraph(ctx context.Context, p Patient, r *Report) {
	if p.Graph == nil {
		detail := "not configured"
		if p.GraphErr != nil {
			detail = p.GraphErr.Error()
		}
		r.add(Fail, "sign in", "", detail, "set GRAPH_TENANT_ID, GRAPH_CLIENT_ID and one way to sign in")
		return
	}
	roles, err := p.Graph.SignIn(ctx)
	if err != nil {
		detail, next := explain(err, "sign in")
		r.add(Fail, "sign in", "", detail, next)
		return
	}
	r.add(OK, "sign in", "", "Entra gave a token", "")
	if p.Secret {
		r.add(Warn, "sign in", "", "with a client secret, whose end cannot be seen from here", "use a certificate (GRAPH_CERTIFICATE)")
	}
	wide := slices.DeleteFunc(roles, func(role string) bool { return !strings.HasPrefix(role, "Calendars.") })
	if len(wide) > 0 {
		r.add(Fail, "scope", "", "consent in Entra opens every mailbox of the tenant: "+strings.Join(wide, ", "),
			"remove that consent from the app; what RBAC for Applications allows is enough, and the two add up")
	} else {
		r.add(OK, "scope", "", "no consent in Entra that opens every mailbox", "")
	}
	if len(p.Mailboxes) == 0 {
		r.add(Warn, "mailboxes", "", "none known, so reading and writing are not proved", "planner mailbox add, or planner doctor -mailbox ADDRESS")
	}
	for _, m := range p.Mailboxes {
		if !examineReading(ctx, p, m, r) || p.ReadOnly {
			continue
		}
		examineWriting(ctx, p, m, r)
	}
	for _, who := range p.Outside {
		examineOutside(ctx, p, who, r)
	}
	if len(p.Outside) == 0 {
		r.add(Warn, "refused outside", "", "not tried", "-outside ADDRESS of a mailbox that the app must not see proves that its scope holds")
	}
	if theirs, ours, ok := p.Clock(); ok {
		compareClocks(r, "clock of Graph", theirs, ours, time.Second) // Date tells whole seconds, cut off
	}
}

func examineReading(ctx context.Context, p Patient, m Mailbox, r *Report) bool {
	_, err := p.Graph.CalendarView(ctx, m.User, "", calendar.Window{Start: p.Now(), End: p.Now().Add(24 * time.Hour)}, nil)
	if err != nil {
		detail, next := explain(err, "read")
		r.add(Fail, "read", m.name(), detail, next)
		return false
	}
	r.add(OK, "read", m.name(), "the calendar can be read", "")
	return true
}

func examineWriting(ctx context.Context, p Patient, m Mailbox, r *Report) {
	err := probe(ctx, p, m.User)
	if err != nil {
		detail, next := explain(err, "write")
		r.add(Fail, "write", m.name(), detail, next)
		return
	}
	r.add(OK, "write", m.name(), "an event was made, read back, moved and deleted", "")
}

func examineOutside(ctx context.Context, p Patient, who string, r *Report) {
	const check = "refused outside"
	_, err := p.Graph.CalendarView(ctx, who, "", calendar.Window{Start: p.Now(), End: p.Now().Add(time.Hour)}, nil)
	var broken *calendar.MailboxError
	switch {
	case err == nil:
		r.add(Fail, check, who, "the app can read it", "narrow the management scope of RBAC for Applications, and remove any consent to Calendars.* in Entra; a change takes up to two hours")
	case errors.As(err, &broken) && broken.Reason == calendar.MailboxDenied:
		r.add(OK, check, who, "refused ("+broken.Code+")", "")
	case errors.As(err, &broken):
		r.add(Warn, check, who, "no such mailbox ("+broken.Code+"), which proves nothing", "name one that exists")
	default:
		detail, _ := explain(err, "read")
		r.add(Warn, check, who, "not proved: "+detail, "")
	}
}

// permissionOf is what an administrator must give for it, by name.
func permissionOf(doing string) string {
	switch doing {
	case "read":
		return "give the app the role \"Application Calendars.ReadWrite\" in Exchange Online (RBAC for Applications) with a scope that holds this mailbox; a change takes up to two hours"
	case "write":
		return "the app may read but not write: it has \"Application Calendars.Read\" and needs the role \"Application Calendars.ReadWrite\" in Exchange Online (RBAC for Applications); a change takes up to two hours"
	case "subscribe":
		return "subscriptions come with \"Application Calendars.ReadWrite\" for the mailbox; give the app that role in Exchange Online (RBAC for Applications)"
	default:
		return "see the app registration in Entra ID"
	}
}

// explain says what an error means and what to do.
func explain(err error, doing string) (detail, next string) {
	var (
		broken      *calendar.MailboxError
		throttled   *calendar.ThrottledError
		unavailable *calendar.UnavailableError
		refused     *calendar.RefusedError
		left        *leftBehindError
	)
	switch {
	case errors.As(err, &left):
		return err.Error(), "delete it by hand: subject \"" + probeSubject + "\", " + probeDay(left.at)
	case errors.As(err, &broken) && doing == "sign in":
		return "Entra refuses: " + broken.Code, entraAdvice(broken.Code)
	case errors.As(err, &broken) && broken.Reason == calendar.MailboxMissing:
		return "no mailbox in Exchange Online: " + broken.Code, "see that the user exists, is licensed, and that the mailbox is not on premises; address it by object id"
	case errors.As(err, &broken):
		return "refused: " + broken.Code, permissionOf(doing)
	case errors.As(err, &throttled):
		return fmt.Sprintf("throttled, for %s", throttled.After), "try again later"
	case errors.As(err, &unavailable):
		if unavailable.Err != nil {
			return "not reached: " + unavailable.Code + " (" + unavailable.Err.Error() + ")", "see that graph.microsoft.com and login.microsoftonline.com can be reached from here (proxy, firewall, certificates)"
		}
		return "not available: " + unavailable.Code, "see that graph.microsoft.com and login.microsoftonline.com can be reached from here, and try again"
	case errors.As(err, &refused):
		return fmt.Sprintf("refused: %d %s", refused.Status, refused.Code), ""
	default:
		return err.Error(), ""
	}
}

// entraAdvice knows the refusals that installations meet (learn.microsoft.com, "Microsoft Entra authentication and
// authorization error codes").
func entraAdvice(code string) string {
	for number, advice := range map[string]string{
		"AADSTS7000215": "GRAPH_CLIENT_SECRET is wrong: take the secret's value, not its id",
		"AADSTS7000222": "the client secret has expired: make a new one, or better use a certificate",
		"AADSTS700027":  "the certificate is not registered with the app, or has expired: upload its public half in Entra ID",
		"AADSTS700016":  "there is no such app in this tenant: see GRAPH_CLIENT_ID and GRAPH_TENANT_ID",
		"AADSTS90002":   "there is no such tenant: see GRAPH_TENANT_ID",
		"AADSTS53003":   "Conditional Access blocks the app: exclude it, or allow the address it comes from",
		"AADSTS700024":  "the assertion is not valid yet or no longer: compare the clocks",
		"AADSTS70021":   "no federated credential of the app fits the token: see issuer, subject and audience in Entra ID",
	} {
		if strings.HasSuffix(code, "-"+number) {
			return advice
		}
	}
	return "see GRAPH_TENANT_ID, GRAPH_CLIENT_ID and the way to sign in, and that the app is enabled in Entra ID"
}
