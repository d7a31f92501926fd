package reconcile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A scenario is a text file of blocks, separated by empty lines: commands, one a line, then "----"
// and what they gave. Lines with # are for the reader. With -update the answers are written anew.
//
//	rules [move=accept] [delete=cancel] [restores=N]   begin a new world
//	book NAME TIME [TEXT]    rebook NAME TIME    cancel NAME           in the Planner
//	outlook add ID TIME      outlook move ID TIME   outlook text ID TEXT
//	outlook note ID TEXT     outlook delete ID      outlook copy ID NEW
//	outlook restore ID       outlook rotate-etags                      in Outlook
//	restore-backup           the Planner's database as it was at "backup"
//	round                    a full round: decisions, then both calendars
//	round partial [ID…]      a round that only saw these events
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "scenarios", "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, string(raw))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got != string(raw) {
				t.Errorf("%s went otherwise:\n%s", file, got)
			}
		})
	}
}

func play(t *testing.T, text string) string {
	s := &scenario{t: t, w: newWorld(DefaultRules()), trash: map[string]event{}}
	var out []string
	for block := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		commands, _, _ := strings.Cut(block, "\n----")
		answer := ""
		for line := range strings.SplitSeq(commands, "\n") {
			if f := strings.Fields(line); len(f) > 0 && f[0] != "#" {
				answer += s.do(f)
			}
		}
		if answer != "" {
			commands += "\n----\n" + strings.TrimSpace(answer)
		}
		out = append(out, commands)
	}
	if s.w.foreign > 0 {
		t.Errorf("%d writes to events that are not ours", s.w.foreign)
	}
	return strings.Join(out, "\n\n") + "\n"
}

type scenario struct {
	t      *testing.T
	w      *world
	backup *world
	trash  map[string]event
}

func (s *scenario) do(f []string) string {
	w := s.w
	arg := func(i int) string {
		if i < len(f) {
			return f[i]
		}
		return ""
	}
	switch f[0] {
	case "rules":
		r := DefaultRules()
		for _, o := range f[1:] {
			switch o {
			case "move=accept":
				r.Move = AcceptMoves
			case "delete=cancel":
				r.Delete = CancelDeleted
			default:
				if n, err := fmt.Sscanf(o, "restores=%d", &r.MaxRestores); n != 1 {
					s.t.Fatalf("%q: %v", o, err)
				}
			}
		}
		s.w = newWorld(r)
	case "book":
		text := arg(3)
		if text == "" {
			text = "Jobsamtale"
		}
		w.bookings[f[1]] = content{f[2], text}
	case "rebook":
		w.bookings[f[1]] = content{f[2], w.bookings[f[1]].text}
	case "cancel":
		delete(w.bookings, f[1])
	case "outlook":
		s.inOutlook(f[1:])
	case "backup":
		s.backup = w.database()
	case "restore-backup":
		w.restore(s.backup)
	case "round":
		var seen map[string]bool
		if arg(1) == "partial" {
			seen = map[string]bool{}
			for _, id := range f[2:] {
				seen[id] = true
			}
		}
		did, err := w.round(seen, nil)
		if err != nil {
			return err.Error() + "\n" + w.String()
		}
		answer := ""
		for _, d := range did {
			answer += fmt.Sprintf("%s %s: %s – %s\n", d.Owner, d.Item, d.Verb, d.Reason)
		}
		if answer == "" {
			answer = "nothing to do\n"
		}
		return answer + w.String()
	default:
		s.t.Fatalf("what is %q?", strings.Join(f, " "))
	}
	return ""
}

func (s *scenario) inOutlook(f []string) {
	w := s.w
	if f[0] == "rotate-etags" {
		for id, e := range w.outlook {
			e.etag++
			w.outlook[id] = e
		}
		return
	}
	id := f[1]
	e, there := w.outlook[id]
	if !there && f[0] != "add" && f[0] != "restore" {
		s.t.Fatalf("no event %q", id)
	}
	e.etag++
	switch f[0] {
	case "add":
		e = event{content: content{f[2], "-"}}
	case "move":
		e.time = f[2]
	case "text":
		e.text = f[2]
	case "note":
		e.note = f[2]
	case "copy":
		w.outlook[f[2]] = e
	case "restore":
		e = s.trash[id]
	case "delete":
		s.trash[id] = e
		delete(w.outlook, id)
		return
	default:
		s.t.Fatalf("outlook what? %q", f)
	}
	w.outlook[id] = e
}
