package webui

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Form keeps what somebody wrote and what is wrong with it, so that the page can be shown again with both. The template
// "errors" lists what is wrong on top, each a link to its field; "input", "area", "choice" and "check" show a field with its error
// beside it, tied to it by aria-describedby.
type Form struct {
	Values url.Values
	Errors []FieldError
}

// FieldError says in Danish what is wrong with a field, and what would be right.
type FieldError struct{ Field, Text string }

// ReadForm takes what was posted. One that cannot be read has no values.
func ReadForm(r *http.Request) *Form {
	if err := r.ParseForm(); err != nil {
		return &Form{Values: url.Values{}}
	}
	return &Form{Values: r.PostForm}
}

// NewForm is a form that shows what there is.
func NewForm(values map[string]string) *Form {
	f := &Form{Values: url.Values{}}
	for field, v := range values {
		f.Values.Set(field, v)
	}
	return f
}

// Get is a field's text without spaces around it.
func (f *Form) Get(field string) string { return strings.TrimSpace(f.Values.Get(field)) }

// All are a field's values, for one that may be given several times.
func (f *Form) All(field string) []string { return f.Values[field] }

// Has tells whether a field has the value, for boxes and lists.
func (f *Form) Has(field, value string) bool { return slices.Contains(f.Values[field], value) }

// Wrong notes an error of a field. "" is for one that no field has.
func (f *Form) Wrong(field, text string) { f.Errors = append(f.Errors, FieldError{field, text}) }

// Check notes the error unless right.
func (f *Form) Check(right bool, field, text string) {
	if !right {
		f.Wrong(field, text)
	}
}

// OK tells whether nothing is wrong.
func (f *Form) OK() bool { return len(f.Errors) == 0 }

// Error is what is wrong with a field, "" for nothing.
func (f *Form) Error(field string) string {
	for _, e := range f.Errors {
		if e.Field == field {
			return e.Text
		}
	}
	return ""
}

// Title puts "Fejl: " before a page's title when something is wrong, so that a screen reader says it first.
func (f *Form) Title(title string) string {
	if f.OK() {
		return title
	}
	return "Fejl: " + title
}

// Choice is one of a list that a field may be.
type Choice struct{ Value, Name string }

// choices is the template function "choices": values and names by turns.
func choices(valueName ...string) (out []Choice) {
	for i := 0; i+1 < len(valueName); i += 2 {
		out = append(out, Choice{valueName[i], valueName[i+1]})
	}
	return out
}

// field is a field for the templates "input", "area", "choice" and "check".
type field struct {
	Form                *Form
	Name, Label, Hint   string
	Value, Error        string
	DescribedBy         string
	Type, Auto, Pattern string
	Choices             []Choice
	Required            bool
}

// newField is the template function "field": (field .Form "navn" "Navn" "hint" options...). An option is "required", "type=email",
// "autocomplete=username", or a []Choice.
func newField(f *Form, name, label, hint string, options ...any) field {
	out := field{Form: f, Name: name, Label: label, Hint: hint, Value: f.Values.Get(name), Error: f.Error(name), Type: "text"}
	var by []string
	if hint != "" {
		by = append(by, "om-"+name)
	}
	if out.Error != "" {
		by = append(by, "fejl-"+name)
	}
	out.DescribedBy = strings.Join(by, " ")
	for _, o := range options {
		switch v := o.(type) {
		case []Choice:
			out.Choices = v
		case string:
			key, value, _ := strings.Cut(v, "=")
			switch key {
			case "required":
				out.Required = true
			case "type":
				if out.Type = value; value == "password" {
					out.Value = "" // never sent back
				}
			case "autocomplete":
				out.Auto = value
			}
		}
	}
	return out
}
