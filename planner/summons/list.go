package summons

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"kommunalplanner.example/planner"
)

// Problem says why a line cannot be summoned. Pages put it into words.
type Problem string

// Problems. The empty one means that the line is good.
const (
	ProblemNone       Problem = ""
	ProblemNoCPR      Problem = "no-cpr"              // nothing where the CPR number should be
	ProblemBadCPR     Problem = "bad-cpr"             // not a CPR number
	ProblemNineDigits Problem = "nine-digits"         // perhaps a leading zero that a spreadsheet dropped
	ProblemTwice      Problem = "twice"               // the citizen stands on an earlier line
	ProblemCaseWorker Problem = "unknown-case-worker" // the wished one is not among those chosen
	ProblemHasMeeting Problem = "has-meeting"         // has a meeting of that type to come
)

// Line is one citizen of a list.
type Line struct {
	Number int // in the text, from 1
	CPR    planner.CPR
	// Wished is the case worker wished as it was written, until Check puts their identifier there; empty for any.
	Wished  string
	Problem Problem
	// Earlier is the line on which the citizen stands already; of ProblemTwice.
	Earlier int
}

// MostLines is how many citizens one list may have, MostBytes how much text.
const (
	MostLines = 5000
	MostBytes = 2 << 20
)

// Errors of Read, about a list as a whole.
var (
	ErrEmpty   = errors.New("the list holds no citizens")
	ErrTooLong = errors.New("the list has more lines or bytes than allowed")
)

// Read reads a list. Lines that are blank are left out; all others come back, good or with their problem.
func Read(raw []byte) ([]Line, error) {
	if len(raw) > MostBytes {
		return nil, ErrTooLong
	}
	text := decoded(raw)
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	comma, cpr, wished := separator(text), 0, 1
	var lines []Line
	first := true
	seen := map[planner.CPR]int{}
	for i, row := range strings.Split(text, "\n") {
		if strings.Trim(row, " \t;,\"\u00a0") == "" {
			continue
		}
		cells := cut(row, comma)
		if first {
			first = false
			if c, w, is := heading(cells); is {
				cpr, wished = c, w
				continue
			}
		}
		if len(lines) == MostLines {
			return nil, ErrTooLong
		}
		l := Line{Number: i + 1, Wished: cell(cells, wished)}
		l.CPR, l.Problem = readCPR(cell(cells, cpr))
		if l.Problem == ProblemNone {
			if l.Earlier = seen[l.CPR]; l.Earlier > 0 {
				l.Problem = ProblemTwice
			} else {
				seen[l.CPR] = l.Number
			}
		}
		lines = append(lines, l)
	}
	if len(lines) == 0 {
		return nil, ErrEmpty
	}
	return lines, nil
}

// Known is what Check holds the lines against.
type Known struct {
	// CaseWorkers gives the identifier of a case worker chosen for the batch, by identifier and by e-mail, in lower case.
	CaseWorkers map[string]string
	// HasMeeting holds the citizens who have a meeting of the type to come.
	HasMeeting map[planner.CPR]bool
}

// Check gives the lines with what is wrong with them; lines that have a problem keep it.
func Check(lines []Line, k Known) []Line {
	checked := append([]Line(nil), lines...)
	for i := range checked {
		l := &checked[i]
		if l.Problem != ProblemNone {
			continue
		}
		if l.Wished != "" {
			identifier, found := k.CaseWorkers[strings.ToLower(l.Wished)]
			if !found {
				l.Problem = ProblemCaseWorker
				continue
			}
			l.Wished = identifier
		}
		if k.HasMeeting[l.CPR] {
			l.Problem = ProblemHasMeeting
		}
	}
	return checked
}

var (
	tenDigits  = regexp.MustCompile(`^[0-9]{6}[ -]?[0-9]{4}$`)
	nineDigits = regexp.MustCompile(`^[0-9]{5}[ -]?[0-9]{4}$`)
	dashes     = strings.NewReplacer("–", "-", "‐", "-", "‑", "-", "−", "-", "\u00a0", " ")
)

func readCPR(s string) (planner.CPR, Problem) {
	s = strings.TrimSpace(dashes.Replace(s))
	switch {
	case s == "":
		return planner.CPR{}, ProblemNoCPR
	case nineDigits.MatchString(s):
		return planner.CPR{}, ProblemNineDigits
	case !tenDigits.MatchString(s):
		return planner.CPR{}, ProblemBadCPR
	}
	c, err := planner.ParseCPR(s[:6] + s[len(s)-4:])
	if err != nil || c.Unknown() {
		return planner.CPR{}, ProblemBadCPR
	}
	return c, ProblemNone
}

// separator is what stands between cells: what most lines have, semicolons before others, since names hold commas.
func separator(text string) rune {
	best, most := ';', 0
	for _, r := range ";\t," {
		n := 0
		for row := range strings.Lines(text) {
			if strings.ContainsRune(row, r) {
				n++
			}
		}
		if n > most {
			best, most = r, n
		}
	}
	return best
}

// cut divides a line into cells. One that no spreadsheet would have written is taken literally.
func cut(row string, comma rune) []string {
	r := csv.NewReader(strings.NewReader(row))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = comma, true, -1
	cells, err := r.Read()
	if err != nil {
		return strings.Split(row, string(comma))
	}
	return cells
}

func cell(cells []string, i int) string {
	if i < 0 || i >= len(cells) {
		return ""
	}
	return strings.TrimSpace(cells[i])
}

// heading tells whether the cells name columns, and which are the CPR number's and the case worker's (-1 for none).
func heading(cells []string) (cpr, wished int, is bool) {
	cpr, wished = -1, -1
	for i, c := range cells {
		c = strings.ToLower(strings.TrimSpace(c))
		switch {
		case cpr < 0 && (strings.Contains(c, "cpr") || strings.Contains(c, "personnummer")):
			cpr = i
		case wished < 0 && (strings.Contains(c, "vejleder") || strings.Contains(c, "sagsbehandler") || strings.Contains(c, "medarbejder")):
			wished = i
		}
	}
	return cpr, wished, cpr >= 0
}

// decoded gives the text in UTF-8. What is not UTF-8 and has no mark is Windows-1252, as Danish Excel writes it.
func decoded(raw []byte) string {
	switch {
	case bytes.HasPrefix(raw, []byte("\xEF\xBB\xBF")):
		return strings.ToValidUTF8(string(raw[3:]), "�")
	case bytes.HasPrefix(raw, []byte("\xFF\xFE")):
		return utf16Text(raw[2:], binary.LittleEndian)
	case bytes.HasPrefix(raw, []byte("\xFE\xFF")):
		return utf16Text(raw[2:], binary.BigEndian)
	case utf8.Valid(raw):
		return string(raw)
	}
	runes := make([]rune, len(raw))
	for i, b := range raw {
		runes[i] = rune(b)
		if 0x80 <= b && b < 0xA0 {
			runes[i] = windows1252[b-0x80]
		}
	}
	return string(runes)
}

func utf16Text(raw []byte, order binary.ByteOrder) string {
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = order.Uint16(raw[2*i:])
	}
	return string(utf16.Decode(units))
}

// windows1252 is what the code page has where ISO-8859-1 has control characters.
var windows1252 = [32]rune{
	'€', '�', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '�', 'Ž', '�',
	'�', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '�', 'ž', 'Ÿ',
}
