package planner

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Names of STAR's code lists, as the contract's elements have them.
const (
	ListInterviewType  = "InterviewType"
	ListInterviewForm  = "InterviewFormType"
	ListContactType    = "InterviewContactType"
	ListContactGroup   = "ContactGroupType"
	ListPersonCategory = "PersonCategoryType"
)

// ListedCode is one code of a code list with the days on which it is valid, first and last; a zero Date is no bound.
type ListedCode struct {
	List               string
	Code               int
	Name               string
	ValidFrom, ValidTo Date
}

// Codes lists the codes that an option uses, each once.
func (o InterviewOption) Codes() []ListedCode {
	used := []ListedCode{{List: ListInterviewType, Code: o.InterviewType}, {List: ListInterviewForm, Code: o.InterviewForm}}
	add := func(list string, codes []int) {
		for _, c := range codes {
			used = append(used, ListedCode{List: list, Code: c})
		}
	}
	add(ListContactType, o.ContactTypes)
	add(ListContactGroup, o.Search.ContactGroups)
	add(ListPersonCategory, o.Search.PersonCategories)
	return used
}

// codeColumns heads the CSV form, and names the members of the JSON form.
var codeColumns = []string{"list", "code", "name", "valid_from", "valid_to"}

// ReadCodesCSV reads lines of list, code, name, first and last day of validity (2006-01-02, or empty), below a line that says so, with
// commas or semicolons (Danish Excel) between. The error names the line.
func ReadCodesCSV(text string) ([]ListedCode, error) {
	text = strings.TrimPrefix(text, "\ufeff")
	r := csv.NewReader(strings.NewReader(text))
	if head, _, _ := strings.Cut(text, "\n"); strings.Contains(head, ";") {
		r.Comma = ';'
	}
	r.FieldsPerRecord = len(codeColumns)
	var codes []ListedCode
	for first := true; ; first = false {
		line, err := r.Read()
		if errors.Is(err, io.EOF) && !first {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read code lists: %w", err)
		}
		if first {
			if got := strings.Join(line, ","); !strings.EqualFold(got, strings.Join(codeColumns, ",")) {
				return nil, fmt.Errorf("read code lists: the first line must be %q", strings.Join(codeColumns, string(r.Comma)))
			}
			continue
		}
		c, err := listedCode(line[0], line[1], line[2], line[3], line[4])
		if err != nil {
			at, _ := r.FieldPos(0)
			return nil, fmt.Errorf("read code lists: line %d: %w", at, err)
		}
		codes = append(codes, c)
	}
	return codes, onceEach(codes)
}

// ReadCodesJSON reads an array of objects with the same members; code is a number, and the days may be left out.
func ReadCodesJSON(text []byte) ([]ListedCode, error) {
	var rows []struct {
		List  string `json:"list"`
		Code  int    `json:"code"`
		Name  string `json:"name"`
		From  string `json:"valid_from"`
		Until string `json:"valid_to"`
	}
	if err := json.Unmarshal(text, &rows); err != nil {
		return nil, fmt.Errorf("read code lists: %w", err)
	}
	codes := make([]ListedCode, len(rows))
	for i, r := range rows {
		c, err := listedCode(r.List, strconv.Itoa(r.Code), r.Name, r.From, r.Until)
		if err != nil {
			return nil, fmt.Errorf("read code lists: entry %d: %w", i+1, err)
		}
		codes[i] = c
	}
	return codes, onceEach(codes)
}

func listedCode(list, code, name, from, until string) (ListedCode, error) {
	c := ListedCode{List: strings.TrimSpace(list), Name: strings.TrimSpace(name)}
	if c.List == "" || len(c.List) > 100 {
		return c, fmt.Errorf("%q is no name of a list", list)
	}
	n, err := strconv.ParseInt(strings.TrimSpace(code), 10, 32)
	if err != nil {
		return c, fmt.Errorf("%q is no code", code)
	}
	c.Code = int(n)
	for _, d := range []struct {
		text string
		to   *Date
	}{{from, &c.ValidFrom}, {until, &c.ValidTo}} {
		if text := strings.TrimSpace(d.text); text != "" {
			if *d.to, err = ParseDate(text); err != nil {
				return c, fmt.Errorf("%q is no day", d.text)
			}
		}
	}
	if c.ValidTo != (Date{}) && c.ValidFrom != (Date{}) && c.ValidTo.Midnight().Before(c.ValidFrom.Midnight()) {
		return c, errors.New("the last day is before the first")
	}
	return c, nil
}

func onceEach(codes []ListedCode) error {
	type key struct {
		list string
		code int
	}
	seen := map[key]bool{}
	for _, c := range codes {
		if k := (key{c.List, c.Code}); seen[k] {
			return fmt.Errorf("read code lists: %s %d occurs twice", c.List, c.Code)
		} else {
			seen[k] = true
		}
	}
	return nil
}
