package planner

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCodeListsAreReadFromCSVAndJSONAlike(t *testing.T) {
	want := []ListedCode{
		{"InterviewType", 7, "Jobsamtale", Date{2016, 1, 1}, Date{}},
		{"InterviewType", 20, "A-kasse, forsøg", Date{}, Date{2026, 12, 31}},
	}
	for name, read := range map[string]func() ([]ListedCode, error){
		"commas": func() ([]ListedCode, error) {
			return ReadCodesCSV("list,code,name,valid_from,valid_to\nInterviewType,7,Jobsamtale,2016-01-01,\nInterviewType,20,\"A-kasse, forsøg\",,2026-12-31\n")
		},
		"semicolons": func() ([]ListedCode, error) {
			return ReadCodesCSV("\ufeffList;Code;Name;Valid_from;Valid_to\r\nInterviewType;7;Jobsamtale;2016-01-01;\r\nInterviewType; 20;A-kasse, forsøg;;2026-12-31\r\n")
		},
		"JSON": func() ([]ListedCode, error) {
			return ReadCodesJSON([]byte(`[{"list":"InterviewType","code":7,"name":"Jobsamtale","valid_from":"2016-01-01"},
				{"list":"InterviewType","code":20,"name":"A-kasse, forsøg","valid_to":"2026-12-31"}]`))
		},
	} {
		got, err := read()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	for _, bad := range []string{"", "code,list\n", "list,code,name,valid_from,valid_to\nA,x,,,\n", "list,code,name,valid_from,valid_to\nA,1,,31-12-2026,\n",
		"list,code,name,valid_from,valid_to\n,1,,,\n", "list,code,name,valid_from,valid_to\nA,1,,2026-02-01,2026-01-31\n",
		"list,code,name,valid_from,valid_to\nA,1,,,\nA,1,,,\n", "list,code,name,valid_from,valid_to\nA,1\n"} {
		if got, err := ReadCodesCSV(bad); err == nil {
			t.Errorf("%q was read as %v", bad, got)
		}
	}
}

func FuzzReadCodes(f *testing.F) {
	f.Add("list,code,name,valid_from,valid_to\nInterviewType,7,Jobsamtale,2016-01-01,\n")
	f.Add(`[{"list":"InterviewType","code":7}]`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, read := range []func() ([]ListedCode, error){
			func() ([]ListedCode, error) { return ReadCodesCSV(text) },
			func() ([]ListedCode, error) { return ReadCodesJSON([]byte(text)) },
		} {
			codes, err := read()
			for _, c := range codes {
				if err == nil && (c.List == "" || int(int32(c.Code)) != c.Code) {
					t.Errorf("read %+v", c)
				}
			}
		}
	})
}
