package externalbooking

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kommunalplanner.example/soap"
	"kommunalplanner.example/soap/wire"
)

// Whoever adds an operation and forgets to ask for whom the caller may act is told here.
func TestNoOperationAsksThePlannerForACallerWhoMayNotActForTheJobCentre(t *testing.T) {
	refused := map[string]bool{}
	for _, file := range goldenRequests(t) {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		fake := new(fake)
		var seen soap.Call
		h := New(fake, soap.Config{
			Authorize: func(_ *http.Request, c *soap.Call) error {
				c.CallerCVR = "87654321"
				c.MayActFor = func(_ *wire.ActiveOrganisation, jobCenter string) error {
					if jobCenter == "" {
						return nil
					}
					return soap.FaultNotForJobCenter
				}
				return nil
			},
			Observe: func(c soap.Call) { seen = c },
		})
		w := call(h, body)
		if len(fake.asked) > 0 {
			t.Errorf("%s: the planner was asked %q", file, fake.asked)
		}
		if seen.CallerCVR != "87654321" {
			t.Errorf("%s: observed caller %q", file, seen.CallerCVR)
		}
		if seen.Fault == soap.FaultNotForJobCenter.Number && strings.Contains(w.Body.String(), soap.FaultNotForJobCenter.Text) {
			refused[filepath.Base(filepath.Dir(file))] = true
		}
	}
	if len(refused) != 7 {
		t.Errorf("operations that refuse: %v, want all seven", refused)
	}
}
