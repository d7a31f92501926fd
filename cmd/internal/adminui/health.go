package adminui

import (
	"strings"
	"time"

	"kommunalplanner.example/cmd/internal/webui"
	"kommunalplanner.example/sync/syncdb"
)

// freshFor is how old a reading may be before the calendar counts as late: the sweep comes at the latest
// after 15 minutes of silence, and has five to get through.
const freshFor = 20 * time.Minute

// level is how much a calendar calls for somebody. Each calendar has one, the first that fits.
type level int

const (
	needsPerson level = iota
	late
	waiting
	paused
	upToDate
)

// levelWords are a level's names: in the address, in a filter, as a shape that tells it without colour.
type levelWords struct{ Key, Name, Shape string }

var levels = [...]levelWords{
	needsPerson: {"person", "Kræver en person", "■"},
	late:        {"forsinket", "Forsinket", "▲"},
	waiting:     {"venter", "Venter på første læsning", "◆"},
	paused:      {"pause", "På pause", "‖"},
	upToDate:    {"opdateret", "Opdateret", "●"},
}

func (l level) Key() string   { return levels[l].Key }
func (l level) Name() string  { return levels[l].Name }
func (l level) Shape() string { return levels[l].Shape }

// health is a calendar as the pages show it.
type health struct {
	ID                           int64
	Name, Identifier, Email      string
	JobCenter, GraphUser         string
	Level                        level
	State, Detail                string // what is so, and since when or what follows
	Withheld                     bool   // citizens are offered none of its times
	AsOf, Since                  webui.Moment
	Error                        *problem
	Pending, Flagged, Blocks     int
	PendingOldest                webui.Moment
	Subscribed                   webui.Moment
	SubscriptionEnded            bool
	NextSweep, FullRound, FullAt webui.Moment
	PausedUntil                  webui.Moment // by Microsoft
	SweepDue                     bool         // its time has come
	Failures                     int
	Behind                       bool // a wake-up waits for its run
	HeldDeletions, HeldBlocks    int
	Approved                     bool            // the held plan may go ahead
	Rejected                     string          // who rejected the held plan, and when; empty when nobody did
	Can                          map[string]bool // actions that make sense now
}

// problem is the last error in words.
type problem struct {
	advice
	Code string
	At   webui.Moment
}

// healthOf turns a row into what people read.
func healthOf(r syncdb.MailboxRow, now time.Time) health {
	h := health{
		ID: r.ID, Name: fullName(r), Identifier: r.Identifier, Email: r.Email, JobCenter: r.JobCenterCode, GraphUser: r.GraphUserID,
		AsOf: webui.AtPtr(r.AsOf, now), Since: webui.At(r.StateSince, now), Pending: int(r.Pending), Flagged: int(r.Flagged), Blocks: int(r.Blocks),
		PendingOldest: webui.At(r.PendingOldest, now), Subscribed: webui.At(r.SubscribedUntil, now),
		NextSweep: webui.At(r.NextSweepAt, now), FullRound: webui.At(r.FullRoundDueAt, now), FullAt: webui.AtPtr(r.FullRoundAt, now),
		Failures: int(r.Failures), Behind: r.WantedGeneration > r.SyncedGeneration,
	}
	// The planner's rule (planner/plannerdb/queries/calendar.sql): a calendar that is merely late is still
	// offered by its last reading.
	h.Withheld = r.AsOf == nil || r.State != "active" && r.State != "held"
	h.SweepDue = !r.NextSweepAt.After(now)
	h.SubscriptionEnded = h.Subscribed.Known() && !h.Subscribed.At.After(now)
	if r.PausedUntil != nil && r.PausedUntil.After(now) {
		h.PausedUntil = webui.AtPtr(r.PausedUntil, now)
	}
	if r.HeldDeletions != nil && r.HeldBlocks != nil {
		h.HeldDeletions, h.HeldBlocks = int(*r.HeldDeletions), int(*r.HeldBlocks)
	}
	if r.LastError != nil && *r.LastError != "" {
		h.Error = &problem{advice: trouble(*r.LastError), Code: *r.LastError, At: webui.AtPtr(r.LastErrorAt, now)}
	}
	if r.HeldPlan != nil && r.RejectedBy != nil && r.RejectedAt != nil {
		h.Rejected = rejection(*r.RejectedBy, *r.RejectedAt, now)
	}
	h.Approved = r.State == "held" && r.ApprovedUntil != nil && r.ApprovedUntil.After(now)
	h.Level, h.State, h.Detail = stateOf(r, h, now)
	h.Detail = strings.TrimSpace(h.Detail + " " + detours(r, now))
	if h.Flagged > 0 && h.Level != needsPerson {
		// A calendar in step may still have a meeting that nobody but a person can settle.
		and := ", og "
		if h.Level == upToDate {
			and = ", men "
		}
		h.State += and + webui.Count(h.Flagged, "møde", "møder") + " kræver en person"
		h.Level = needsPerson
	}
	h.Can = possible(r, h)
	return h
}

func stateOf(r syncdb.MailboxRow, h health, now time.Time) (l level, state, detail string) {
	since := "Siden " + h.Since.Clock + "."
	switch r.State {
	case "paused":
		return paused, "På pause", since + " Kalenderen bliver hverken læst eller skrevet i."
	case "denied":
		return needsPerson, "Ingen adgang", since
	case "missing":
		return needsPerson, "Findes ikke i Exchange Online", since
	case "held":
		if h.Approved {
			return late, "Bremset, men godkendt", "Udføres ved næste læsning. Godkendelsen gælder til " + webui.Clock(*r.ApprovedUntil, now) + "."
		}
		if h.Rejected != "" {
			return late, "Bremset, og planen er afvist", "Afvist af " + h.Rejected + ". Resten af kalenderen følges fra næste læsning."
		}
		if r.HeldLost > 0 {
			return needsPerson, "Bremset: " + webui.Count(int(r.HeldLost), "møde", "møder") + " kan ikke findes i Outlook", since + " Postkassen ser ud til at være flyttet. Intet er skrevet. Se planen, og tag stilling."
		}
		return needsPerson, "Bremset: " + webui.Number(h.HeldDeletions) + " af " + webui.Number(h.HeldBlocks) + " aftaler ville forsvinde", since + " Intet er slettet. Se planen, se efter i Outlook, og tag stilling."
	case "new", "active":
	default:
		return needsPerson, "Ukendt tilstand: " + r.State, since // of a newer release
	}
	if r.QuarantinedUntil != nil && r.QuarantinedUntil.After(now) {
		return late, "I karantæne", "Microsoft kan ikke læse denne kalender, så den får fred til " + webui.Clock(*r.QuarantinedUntil, now) +
			" for ikke at sinke de andre. Møder bliver stadig skrevet i den. »Læs hele kalenderen igen« ophæver karantænen."
	}
	switch {
	case r.AsOf == nil && now.Sub(r.StateSince) >= freshFor:
		return late, "Forsinket: endnu ikke læst", withPause(h, since)
	case r.AsOf == nil:
		return waiting, "Venter på første læsning", withPause(h, since)
	case now.Sub(*r.AsOf) >= freshFor:
		return late, "Forsinket", withPause(h, "Sidst læst "+h.AsOf.Age+".")
	}
	return upToDate, "Opdateret", withPause(h, "")
}

// detours tells of what works, but in another way than it should.
func detours(r syncdb.MailboxRow, now time.Time) string {
	var told []string
	if r.FeedShunnedUntil != nil && r.FeedShunnedUntil.After(now) {
		told = append(told, "Microsofts liste over ændringer er i uorden, så hele kalenderen læses hver gang, indtil "+webui.Clock(*r.FeedShunnedUntil, now)+".")
	}
	if r.State == "active" && r.HeldPlan != nil && r.RejectedBy != nil && r.RejectedAt != nil {
		bide := "aftaler"
		if r.HeldDeletions != nil {
			bide = webui.Count(int(*r.HeldDeletions), "aftale", "aftaler")
		}
		told = append(told, "En plan er afvist af "+rejection(*r.RejectedBy, *r.RejectedAt, now)+", så "+bide+" bliver stående i Planneren, indtil planen ændrer sig eller et døgn er gået.")
	}
	if r.SubscribeError != nil && *r.SubscribeError != "" {
		told = append(told, "Microsoft vil ikke give besked om ændringer ("+*r.SubscribeError+"), så de ses først ved næste tjek.")
	}
	return strings.Join(told, " ")
}

// withPause adds that Microsoft asked for a pause, which explains a late calendar.
func withPause(h health, detail string) string {
	if !h.PausedUntil.Known() {
		return detail
	}
	return strings.TrimSpace(detail + " Microsoft har bedt os vente til " + h.PausedUntil.Clock + ".")
}

// possible are the actions that the store would carry out and that change something.
func possible(r syncdb.MailboxRow, h health) map[string]bool {
	runs := r.State != "paused"
	return map[string]bool{
		string(syncdb.SyncNow):   runs,
		string(syncdb.RereadAll): runs,
		string(syncdb.Pause):     runs,
		string(syncdb.Resume):    r.State == "paused" || r.State == "denied" || r.State == "missing",
		string(syncdb.Approve):   r.HeldPlan != nil && !h.Approved,
		string(syncdb.Subscribe): true,
		string(syncdb.Unflag):    h.Flagged > 0,
	}
}

func fullName(r syncdb.MailboxRow) string {
	parts := []string{r.GivenName}
	if r.MiddleName != nil {
		parts = append(parts, *r.MiddleName)
	}
	return strings.Join(append(parts, r.Surname), " ")
}

// summary is the municipality in one line.
type summary struct {
	Total    int
	Counts   [len(levels)]int
	Flagged  int // meetings
	Pending  int // writes
	Withheld int // calendars
}

func summarise(all []health) summary {
	s := summary{Total: len(all)}
	for _, h := range all {
		s.Counts[h.Level]++
		s.Flagged += h.Flagged
		s.Pending += h.Pending
		if h.Withheld {
			s.Withheld++
		}
	}
	return s
}

// Light is the traffic light: its level and the words beside it.
func (s summary) Light() level {
	switch {
	case s.Counts[needsPerson] > 0:
		return needsPerson
	case s.Counts[late] > 0:
		return late
	default:
		return upToDate
	}
}

// Headline says the light in words.
func (s summary) Headline() string {
	switch {
	case s.Total == 0:
		return "Der er endnu ingen kalendere"
	case s.Counts[needsPerson] > 0:
		return webui.Count(s.Counts[needsPerson], "kalender kræver en person", "kalendere kræver en person")
	case s.Counts[late] > 0:
		return webui.Count(s.Counts[late], "kalender er forsinket", "kalendere er forsinket")
	case s.Counts[upToDate] == s.Total:
		return "Alle kalendere er opdateret"
	default:
		return "Ingen kalendere kræver noget af dig"
	}
}

// WithheldText says what the state of the calendars means for citizens.
func (s summary) WithheldText() string {
	if s.Withheld == 0 {
		return "Ingen kalendere holdes tilbage for borgerne."
	}
	return "Tiderne i " + webui.Count(s.Withheld, "kalender", "kalendere") + " holdes tilbage for borgerne, fordi kalenderen ikke er læst, ikke kan læses eller er på pause."
}
