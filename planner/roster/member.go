package roster

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Member is a user in a group of the directory.
type Member struct {
	ObjectID                 string
	Name, GivenName, Surname string // Name is the whole one
	Mail, Phone              string
	Guest, Disabled          bool
	// Hours replace those that are set here; nil leaves them as they are.
	Hours *Week
}

// MemberRows gives the rows of a group's members, by name. Guests and disabled accounts are refused, and count as
// missing. Names that the directory has not split are split before the last word; a telephone number that is none in the contract's
// form is passed over, since nobody is left out for it.
func MemberRows(members []Member) []Row {
	members = slices.Clone(members)
	slices.SortStableFunc(members, func(a, b Member) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ObjectID, b.ObjectID)) })
	var rows []Row
	for i, m := range members {
		row := Row{Line: i + 1, Member: true, Cells: map[string]string{
			ColObjectID: m.ObjectID, ColEmail: m.Mail, ColGivenName: m.GivenName, ColMiddleName: "", ColSurname: m.Surname,
		}}
		if m.GivenName == "" || m.Surname == "" {
			words := strings.Fields(m.Name)
			last := max(len(words)-1, 0)
			row.Cells[ColGivenName], row.Cells[ColSurname] = strings.Join(words[:last], " "), strings.Join(words[last:], " ")
		}
		if phone := strings.NewReplacer("-", "", ".", "", "(", "", ")", "").Replace(tidyPhone(m.Phone)); phoneForm.MatchString(phone) {
			row.Cells[ColPhone] = phone
		}
		if m.Hours != nil {
			row.Cells[ColHours] = m.Hours.String()
		}
		switch {
		case m.Guest:
			row.Refused = Guest
		case m.Disabled:
			row.Refused = Disabled
		}
		rows = append(rows, row)
	}
	return rows
}

// named tells whether a row gives the case worker the name that they have, wherever it is split.
func (w Worker) named(row Row) bool {
	return w.Name() == Worker{GivenName: row.Cells[ColGivenName], Surname: row.Cells[ColSurname]}.Name()
}

// withoutNames is the row but for names.
func (r Row) withoutNames() Row {
	r.Cells = maps.Clone(r.Cells)
	for _, column := range []string{ColGivenName, ColMiddleName, ColSurname} {
		delete(r.Cells, column)
	}
	return r
}
