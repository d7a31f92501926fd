package callers

import (
	"errors"
	"testing"

	"kommunalplanner.example/soap"
	"kommunalplanner.example/soap/wire"
)

func TestAListThatDoesNotSayWhatItMeansIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"empty":                  ``,
		"cut off":                `{"callers": [{"cvr": "12345678", "jobCenters": ["*"]}`,
		"no list":                `{}`,
		"two lists":              listText + listText,
		"a misspelt limit":       `{"callers": [{"cvr": "12345678", "jobCenters": ["*"], "certificate": ["` + uuid + `"]}]}`,
		"a CVR of seven digits":  `{"callers": [{"cvr": "1234567", "jobCenters": ["*"]}]}`,
		"no job centre":          `{"callers": [{"cvr": "12345678"}]}`,
		"an emptied limit":       `{"callers": [{"cvr": "12345678", "jobCenters": ["*"], "certificates": []}]}`,
		"a certificate's name":   `{"callers": [{"cvr": "12345678", "jobCenters": ["*"], "certificates": ["DFDG"]}]}`,
		"an organisation of 0":   `{"callers": [{"cvr": "12345678", "jobCenters": ["*"], "organisations": [{"code": "101"}]}]}`,
		"an organisation of all": `{"callers": [{"cvr": "12345678", "jobCenters": ["*"], "organisations": []}]}`,
	} {
		if l, err := ParseList([]byte(text)); err == nil {
			t.Errorf("%s: taken as %+v", name, l)
		}
	}
	if l, err := ParseList([]byte(`{"callers": []}`)); err != nil || len(l.Callers) != 0 {
		t.Errorf("nobody at all: %v", err)
	}
}

func TestACallerMayDoWhatTheListTellsAndNoMore(t *testing.T) {
	const booking, calendar = "ExternalBookingService", "PlannerExternalCalendarService"
	l, err := ParseList([]byte(`{"callers": [
		{"name": "DFDG", "cvr": "11111111", "services": ["ExternalBookingService"], "jobCenters": ["10100", "20200"]},
		{"name": "one system", "cvr": "22222222", "certificates": ["UI:DK-O:G:11111111-2222-4333-8444-55555555555A", "FID:42"], "jobCenters": ["10100"]},
		{"name": "its other system", "cvr": "22222222", "certificates": ["99999999-2222-4333-8444-555555555555"], "jobCenters": ["20200"]},
		{"name": "for others", "cvr": "33333333", "jobCenters": ["*"], "organisations": [
			{"type": 7, "code": "101", "jobCenters": ["10100"]}, {"type": 4, "code": "*"}, {"type": 8, "code": "20200", "jobCenters": ["20200"]}]}
	]}`))
	if err != nil {
		t.Fatal(err)
	}
	as := func(kind int32, code string) *wire.ActiveOrganisation {
		return &wire.ActiveOrganisation{OrganisationTypeIdentifier: kind, OrganisationCode: code}
	}
	const first, second = "11111111-2222-4333-8444-55555555555a", "99999999-2222-4333-8444-555555555555"
	none, centre, authority := errNotListed, soap.FaultNotForJobCenter, soap.FaultNotAsAuthority
	for _, c := range []struct {
		who       Identity
		service   string
		as        *wire.ActiveOrganisation
		jobCenter string
		want      error
	}{
		{Identity{"11111111", first}, booking, as(8, "10100"), "10100", nil},
		{Identity{"11111111", first}, booking, as(8, "10100"), "", nil},
		{Identity{"11111111", first}, booking, as(8, "10100"), "20200", nil}, // both are its
		{Identity{"11111111", first}, booking, as(8, "30300"), "10100", authority},
		{Identity{"11111111", first}, booking, as(7, "30300"), "10100", nil}, // no job centre, and none is listed
		{Identity{"11111111", first}, booking, nil, "30300", centre},
		{Identity{"11111111", first}, calendar, as(8, "10100"), "10100", none},
		{Identity{"22222222", first}, calendar, as(8, "10100"), "10100", nil},
		{Identity{"22222222", first}, calendar, as(8, "20200"), "20200", authority},
		{Identity{"22222222", second}, calendar, as(8, "20200"), "20200", nil},
		{Identity{"22222222", "42"}, booking, nil, "10100", nil},
		{Identity{"22222222", "43"}, booking, nil, "10100", none},
		{Identity{"33333333", "1"}, booking, as(7, "101"), "10100", nil},
		{Identity{"33333333", "1"}, booking, as(7, "101"), "20200", centre},
		{Identity{"33333333", "1"}, booking, as(7, "102"), "10100", authority},
		{Identity{"33333333", "1"}, booking, as(4, "anyone"), "30300", nil},
		{Identity{"33333333", "1"}, booking, as(8, "20200"), "20200", nil},
		{Identity{"33333333", "1"}, booking, as(8, "10100"), "10100", authority},
		{Identity{"33333333", "1"}, booking, nil, "10100", authority},
		{Identity{"44444444", first}, booking, nil, "10100", none},
		{Identity{"", ""}, booking, nil, "10100", none},
	} {
		err := error(errNotListed)
		if entitled := l.entitled(c.who, c.service); len(entitled) > 0 {
			err = mayActFor(entitled, c.as, c.jobCenter)
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// FuzzParseList: whatever is taken limits every caller to an organisation and job centres.
func FuzzParseList(f *testing.F) {
	f.Add([]byte(listText))
	f.Add([]byte(`{"callers": [{"cvr": "12345678", "jobCenters": ["*"], "certificates": ["FID:1"], "organisations": [{"type": 7, "code": "*"}]}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := ParseList(text)
		if err != nil {
			return
		}
		for _, c := range l.Callers {
			if !cvrForm.MatchString(c.CVR) || len(c.JobCenters) == 0 || c.Certificates != nil && len(c.Certificates) == 0 {
				t.Errorf("%+v", c)
			}
		}
	})
}
