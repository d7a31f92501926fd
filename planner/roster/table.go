package roster

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Columns of a file of case workers, by their names in English; Danish ones are understood too. Their order in the file does not matter.
// A column that is not in the file leaves what it tells about as it is.
const (
	ColIdentifier  = "identifier"  // CaseWorkerIdentifier: RID or GUID. Required
	ColGivenName   = "given_name"  // required for who is new
	ColMiddleName  = "middle_name" //
	ColSurname     = "surname"     // required for who is new
	ColEmail       = "email"       // required for who is new
	ColPhone       = "phone"       //
	ColJobCenter   = "job_center"  // five digits; else the one that the command names
	ColTeams       = "teams"       // names, with commas between; the teams must exist
	ColCompetences = "competences" // with commas between
	ColHours       = "hours"       // "man-tor 8:30-12, 12:30-15; fre 9-13"
	ColMaxPerDay   = "max_per_day" // empty or 0 sets no limit
	ColObjectID    = "object_id"   // of the mailbox's owner in Entra ID; empty for none
	ColLastDay     = "last_day"    // 2026-12-31; empty for who stays
)

// headings are the names of columns that files have, in small letters without blanks, points, dashes and underscores.
var headings = map[string]string{
	"identifier": ColIdentifier, "id": ColIdentifier, "rid": ColIdentifier, "caseworkeridentifier": ColIdentifier, "vejlederid": ColIdentifier,
	"givenname": ColGivenName, "fornavn": ColGivenName, "firstname": ColGivenName, "middlename": ColMiddleName, "mellemnavn": ColMiddleName,
	"surname": ColSurname, "efternavn": ColSurname, "lastname": ColSurname,
	"email": ColEmail, "mail": ColEmail, "epost": ColEmail, "emailadresse": ColEmail, "phone": ColPhone, "telefon": ColPhone, "tlf": ColPhone,
	"jobcenter": ColJobCenter, "jobcenterkode": ColJobCenter, "teams": ColTeams, "team": ColTeams,
	"competences": ColCompetences, "kompetencer": ColCompetences, "hours": ColHours, "arbejdstid": ColHours, "timer": ColHours,
	"maxperday": ColMaxPerDay, "maksprdag": ColMaxPerDay, "højstprdag": ColMaxPerDay,
	"objectid": ColObjectID, "objektid": ColObjectID, "lastday": ColLastDay, "sidstedag": ColLastDay,
}

// Row is one case worker as a file tells of them, unchecked. Line counts from 1, the heading included.
type Row struct {
	Line  int
	Cells map[string]string // by column
	// Member: the row tells of a Member; see Plan.
	Member bool
	// Refused is why the row is left out before anything in it is looked at; empty for rows of files.
	Refused Code
}

// MostRows bounds a file: more case workers than any municipality has.
const MostRows = 20000

// ReadTable reads a file of case workers: UTF-8 with or without a byte order mark, or Windows-1252 as Danish Excel writes; semicolons,
// commas or tabs between; quotes where needed. The error names the line.
func ReadTable(file []byte) ([]Row, error) {
	text := decode(file)
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	head, _, _ := strings.Cut(text, "\n")
	for _, separator := range []rune{'\t', ';'} {
		if strings.ContainsRune(head, separator) {
			r.Comma = separator
		}
	}
	first, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("read the line of headings: %w", err)
	}
	columns := make([]string, len(first))
	for i, h := range first {
		squeezed := strings.NewReplacer(" ", "", ".", "", "-", "", "_", "", "\u00a0", "").Replace(strings.ToLower(strings.TrimSpace(h)))
		name, ok := headings[squeezed]
		switch {
		case squeezed == "": // a column without heading is not read
		case !ok:
			return nil, fmt.Errorf("line 1: there is no column %q", h)
		case slices.Contains(columns[:i], name):
			return nil, fmt.Errorf("line 1: two columns for %s", name)
		}
		columns[i] = name
	}
	if !slices.Contains(columns, ColIdentifier) {
		return nil, fmt.Errorf("line 1: no column %s", ColIdentifier)
	}
	var rows []Row
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read: %w", err)
		}
		line, _ := r.FieldPos(0)
		row := Row{Line: line, Cells: map[string]string{}}
		empty := true
		for i, cell := range record {
			cell = strings.TrimSpace(cell)
			empty = empty && cell == ""
			if i >= len(columns) {
				if cell != "" {
					return nil, fmt.Errorf("line %d: more cells than headings", line)
				}
				continue
			}
			if columns[i] != "" {
				row.Cells[columns[i]] = cell
			}
		}
		if empty {
			continue // Excel leaves lines of separators behind
		}
		if rows = append(rows, row); len(rows) > MostRows {
			return nil, fmt.Errorf("line %d: more than %d lines", line, MostRows)
		}
	}
}

// decode gives the text of a file that is UTF-8 or, when it cannot be, Windows-1252.
func decode(file []byte) string {
	file = bytes.TrimPrefix(file, []byte("\xef\xbb\xbf"))
	if utf8.Valid(file) {
		return string(file)
	}
	text := make([]rune, len(file))
	for i, b := range file {
		text[i] = rune(b) // as in ISO 8859-1, but for the 32 that Windows-1252 has in place of controls
		if 0x80 <= b && b < 0xa0 {
			text[i] = windows1252[b-0x80]
		}
	}
	return string(text)
}

// windows1252 is 0x80 to 0x9f; the five that are not assigned stand for themselves.
var windows1252 = [32]rune{
	'€', 0x81, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0x8d, 'Ž', 0x8f,
	0x90, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0x9d, 'ž', 'Ÿ',
}
