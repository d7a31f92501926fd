package roster

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAGroupIsPlannedMemberByMember(t *testing.T) {
	t.Parallel()
	anna := Member{ObjectID: "o-anna", Name: "Anna A", GivenName: "Anna", Surname: "A", Mail: "anna@kommune.dk"}
	office := office()
	anna.GivenName, anna.Surname = office.Workers[0].GivenName, office.Workers[0].Surname
	bo := Member{ObjectID: "o-bo", Name: "Bo A", GivenName: "Bo", Surname: anna.Surname, Mail: "BO@kommune.dk"}
	bo.Name, anna.Name = bo.GivenName+" "+bo.Surname, anna.GivenName+" "+anna.Surname
	with := func(m Member, change func(*Member)) Member { change(&m); return m }
	for name, c := range map[string]struct {
		members []Member
		options PlanOptions
		want    []string
	}{
		"known by the object id, hours, teams and telephone as before": {
			[]Member{anna}, PlanOptions{JobCenter: "10100"}, []string{"1 keep RID-1"},
		},
		"a new address of a known object id": {
			[]Member{with(anna, func(m *Member) { m.Mail = "aa@kommune.dk" })}, PlanOptions{JobCenter: "10100"}, []string{"1 change RID-1 email"},
		},
		"known by the address, and the object id made known": {
			[]Member{bo}, PlanOptions{JobCenter: "10100"}, []string{"1 change RID-2 email,objectId"},
		},
		"the object id counts before the address": {
			[]Member{with(anna, func(m *Member) { m.Mail = "bo@kommune.dk" })}, PlanOptions{JobCenter: "10100"}, []string{"1 refuse RID-1: email taken"},
		},
		"new: the object id is the identifier, and the name is split": {
			[]Member{{ObjectID: "o-dina", Name: "Dina Sofie D", Mail: "dina@kommune.dk", Phone: "(+45) 12-34 56 78"}}, PlanOptions{JobCenter: "10100"}, []string{"1 make o-dina objectId"},
		},
		"left out, each with the reason": {
			[]Member{
				{ObjectID: "1", Name: "1 Gæst", Mail: "g@x.dk", Guest: true}, {ObjectID: "2", Name: "2 Lukket", Mail: "l@k.dk", Disabled: true},
				{ObjectID: "3", Name: "3 Uden"}, {ObjectID: "4", Name: "Fællespostkasse", Mail: "f@k.dk"},
			}, PlanOptions{JobCenter: "10100"}, []string{"1 refuse : account guest", "2 refuse : account disabled", "3 refuse 3: email missing", "4 refuse 4: givenName missing"},
		},
		"those not in the group leave, and those whose account is closed": {
			[]Member{anna, with(bo, func(m *Member) { m.Disabled = true })}, PlanOptions{JobCenter: "10100", Leavers: true},
			[]string{"1 keep RID-1", "2 refuse : account disabled", "0 leave RID-2 active"},
		},
		"who lost the address stays": {
			[]Member{anna, with(bo, func(m *Member) { m.Mail, m.ObjectID = "", "o-bo" }), {ObjectID: "o-b", Name: "Z Z", Mail: "bo@kommune.dk"}}, PlanOptions{JobCenter: "10100", Leavers: true},
			[]string{"1 keep RID-1", "2 refuse o-bo: email missing", "3 change RID-2 givenName,surname,objectId"},
		},
		"another job centre's is left there, and nobody leaves it": {
			[]Member{anna}, PlanOptions{JobCenter: "10200", Leavers: true}, []string{"1 refuse RID-1: jobCenter fixed (10100)"},
		},
		"hours replace those set here only when they are told": {
			[]Member{with(anna, func(m *Member) { m.Hours = &Week{{Weekday: 5, StartMinute: 60, EndMinute: 1440}} })}, PlanOptions{JobCenter: "10100"}, []string{"1 change RID-1 hours"},
		},
		"an empty group is no empty job centre": {nil, PlanOptions{JobCenter: "10100", Leavers: true}, nil},
	} {
		c.options.NewID = numbered()
		if d := cmp.Diff(c.want, told(Plan(office, MemberRows(c.members), c.options))); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestANameThatTheDirectorySplitsElsewhereStays(t *testing.T) {
	t.Parallel()
	known := office()
	known.Workers[0].GivenName, known.Workers[0].MiddleName, known.Workers[0].Surname = "Anna", "Bo", "Carlsen"
	same := Member{ObjectID: "o-anna", GivenName: "Anna Bo", Surname: "Carlsen", Mail: known.Workers[0].Email}
	o := PlanOptions{JobCenter: "10100", NewID: numbered()}
	if got := Plan(known, MemberRows([]Member{same}), o); got[0].Verb != Keep {
		t.Errorf("%+v", got)
	}
	same.Surname = "Dahl"
	if got := Plan(known, MemberRows([]Member{same}), o); got[0].Verb != Change || got[0].After.Name() != "Anna Bo Dahl" {
		t.Errorf("%+v", got)
	}
}

func TestATelephoneNumberOfOddFormLeavesNobodyOut(t *testing.T) {
	t.Parallel()
	for phone, want := range map[string]string{"(+45) 12-34 56 78": "+4512345678", "12.34.56.78": "12345678", "lokal 12": "", "": ""} {
		m := Member{ObjectID: "o", Name: "Dina D", Mail: "d@k.dk", Phone: phone}
		got := Plan(office(), MemberRows([]Member{m}), PlanOptions{JobCenter: "10100", NewID: numbered()})[0]
		if got.Verb != Make || got.After.Phone != want || got.After.GivenName != "Dina" || got.After.Surname != "D" {
			t.Errorf("%q: %+v", phone, got)
		}
	}
}
