package conformance

import (
	"fmt"
	"io"
	"strings"
	"time"

	"kommunalplanner.example/planner"
)

var outcomeWords = map[Outcome]string{Passed: "Bestået", Failed: "**IKKE BESTÅET**", NotMade: "Ikke udført"}

// Markdown writes the report in Danish. It tells no CPR number.
func (r Report) Markdown(w io.Writer) error {
	var b strings.Builder
	mode := "med prøvebooking"
	if r.Target.ReadOnly {
		mode = "uden at ændre noget"
	}
	fmt.Fprintf(&b, "# Afprøvning af kommunal planner\n\n")
	fmt.Fprintf(&b, "- Tjeneste: %s\n", cell(r.Target.Booking))
	if r.Target.Calendar != "" {
		fmt.Fprintf(&b, "- Kalendertjeneste: %s\n", cell(r.Target.Calendar))
	}
	fmt.Fprintf(&b, "- Jobcenter: %s\n- Tidspunkt: %s (dansk tid), %s\n", cell(r.Target.JobCenter), r.Began.In(planner.Copenhagen()).Format("02.01.2006 kl. 15.04"), mode)
	fmt.Fprintf(&b, "- Resultat: %d bestået, %d ikke bestået, %d ikke udført\n", r.Count(Passed), r.Count(Failed), r.Count(NotMade))
	part := ""
	for i, x := range r.Results {
		if x.Part != part {
			part = x.Part
			fmt.Fprintf(&b, "\n## %s\n\n| Nr. | Prøve | Forventet | Set | Tid | Resultat |\n| --- | --- | --- | --- | --- | --- |\n", part)
		}
		fmt.Fprintf(&b, "| %d | %s | %s | %s | %d ms | %s |\n", i+1, cell(x.What), cell(x.Expected), cell(x.Seen), x.Took/time.Millisecond, outcomeWords[x.Outcome])
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// cell keeps a text from breaking its table.
func cell(text string) string {
	return strings.NewReplacer("|", "\\|", "\n", " ", "\r", " ", "<", "&lt;").Replace(text)
}
