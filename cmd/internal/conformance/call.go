package conformance

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"kommunalplanner.example/soap/contract"
	"kommunalplanner.example/soap/soapclient"
	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/booking"
	"kommunalplanner.example/soap/wire/calendar"
)

func bookingOperations() (names []string) {
	for _, o := range booking.Contract(nil).Operations {
		names = append(names, o.Name)
	}
	return names
}

func calendarOperations() (names []string) {
	for _, o := range calendar.Contract(nil).Operations {
		names = append(names, o.Name)
	}
	return names
}

// Codes of the headers (told: code lists RequestUserType and OrganisationType).
const (
	organisationJobCenter = 8
	userCitizen           = 1
	userSystem            = 3
)

// service is one of the two that are tried.
type service struct {
	url   string
	table wire.Contract
	names contract.Names
	user  int32
}

func (k *kit) bookingService() service {
	return service{k.Booking, booking.Contract(nil), k.names, userCitizen}
}

func (k *kit) calendarService() service {
	return service{k.Calendar, calendar.Contract(nil), contract.ExternalCalendar.Names, userSystem}
}

// prepare makes the call of an operation, with both headers.
func (k *kit) prepare(s service, operation string, request, answer wire.Message) soapclient.Call {
	call := soapclient.Call{URL: s.url, Action: s.names.Action + "#" + operation, Rename: wire.Rename{Contract: s.table.Namespace, Wire: s.names.Message}}
	for _, op := range s.table.Operations {
		if op.Name == operation {
			call.Body = soapclient.Part{Name: xml.Name{Space: s.table.Namespace, Local: op.Request}, Prefixes: s.table.Prefixes, Content: request}
			call.Answer = soapclient.Part{Name: xml.Name{Space: s.table.Namespace, Local: op.Response}, Content: answer}
		}
	}
	user := k.CPR
	if s.user == userSystem {
		user = "Kommuneklient"
	}
	call.Header = []soapclient.Part{
		{Name: wire.RequestUserMetadataName, Content: &wire.RequestUserMetadata{
			UserFullName: "Afprøvning", RequestUserTypeIdentifier: s.user, UserIdentifier: user,
			OrganisationTypeIdentifier: organisationJobCenter, OrganisationCode: k.JobCenter, RegistrationDateTime: wire.At(k.Now()),
		}},
		{Name: wire.ActiveOrganisationName, Content: &wire.ActiveOrganisation{OrganisationTypeIdentifier: organisationJobCenter, OrganisationCode: k.JobCenter}},
	}
	return call
}

// do calls an operation. Its answer is read by the contract, strictly.
func (k *kit) do(s service, operation string, request, answer wire.Message) error {
	_, err := k.client.Do(k.ctx, k.prepare(s, operation, request, answer))
	return err
}

// expectFault turns a fault of the caller's into what was seen, and everything else into an error. numbers are those told; none: any.
func expectFault(err error, numbers ...int) (string, error) {
	var fault *soapclient.Fault
	switch {
	case err == nil:
		return "", wrong("Kaldet blev besvaret uden fejl.")
	case !errors.As(err, &fault):
		return "", err
	case fault.HTTPStatus != http.StatusInternalServerError:
		return "", wrong("%s Fejl skal sendes med HTTP 500.", told(err))
	case fault.Code == 0:
		return "", wrong("%s FaultDetails med ErrorCode mangler.", told(err))
	case fault.FaultCode != "Client":
		return "", wrong("%s Fejlen er kalderens (Client).", told(err))
	}
	for _, n := range numbers {
		if fault.Code == n {
			return told(err), nil
		}
	}
	if len(numbers) > 0 {
		return "", wrong("%s Nummeret skal være %s.", told(err), strings.Trim(strings.ReplaceAll(fmt.Sprint(numbers), " ", " eller "), "[]"))
	}
	return told(err), nil
}

// raw posts text as it is.
func raw(ctx context.Context, client *http.Client, url, media, action, text string) (status int, contentType, answer string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(text))
	if err != nil {
		return 0, "", "", err
	}
	r.Header.Set("Content-Type", media)
	if action != "" {
		r.Header.Set("SOAPAction", `"`+action+`"`)
	}
	return send(client, r)
}

func get(ctx context.Context, client *http.Client, url string) (status int, contentType, answer string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, "", "", err
	}
	return send(client, r)
}

func send(client *http.Client, r *http.Request) (status int, contentType, answer string, err error) {
	resp, err := client.Do(r)
	if err != nil {
		return 0, "", "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 8<<20))
	return resp.StatusCode, resp.Header.Get("Content-Type"), string(text), err
}
