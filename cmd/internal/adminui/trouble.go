package adminui

import (
	"regexp"
	"strings"
)

// advice is an error code in words: what is wrong, and what to do next.
type advice struct{ What, Next string }

const (
	nothingToDo = "Du behøver ikke gøre noget; der prøves igen af sig selv."
	callSupport = "Varer det ved, så giv koden videre til leverandøren."
)

// troubles are the codes that a run leaves in mailbox.last_error: Graph's own (graph.md §1.4, §6.1), and
// those of packages mailbox and msgraph.
var troubles = map[string]advice{
	// The way to Microsoft.
	"throttled":           {"Microsoft har bedt os vente, fordi der er spurgt for ofte.", nothingToDo},
	"connection":          {"Der er ikke hul igennem til Microsoft.", "Der prøves igen af sig selv. Se efter, om netværk, proxy og firewall slipper trafik til graph.microsoft.com igennem."},
	"timeout":             {"Microsoft svarede ikke i tide.", nothingToDo},
	"too-slow":            {"Microsoft var for længe om at læse kalenderen.", nothingToDo},
	"cancelled":           {"Læsningen blev afbrudt, fordi tjenesten stoppede eller blev genstartet.", nothingToDo},
	"resync":              {"Microsoft kunne ikke fortsætte fra sidste læsning.", "Du behøver ikke gøre noget; hele kalenderen læses igen af sig selv."},
	"endless-paging":      {"Microsoft blev ved med at sende flere sider uden at blive færdig.", "Der prøves igen af sig selv. " + callSupport},
	"page-without-link":   {"Microsofts svar manglede oplysning om, hvor der skal læses videre.", "Der prøves igen af sig selv. " + callSupport},
	"unreadable-answer":   {"Microsofts svar kunne ikke læses.", "Der prøves igen af sig selv. " + callSupport},
	"unreadable-event":    {"En aftale i kalenderen kunne ikke læses.", "Intet er ændret. " + callSupport},
	"foreign-link":        {"Microsofts svar henviste til en fremmed adresse og blev afvist.", "Se efter, om en proxy ændrer trafikken. " + callSupport},
	"foreign-address":     {"Et opslag var på vej til en fremmed adresse og blev stoppet.", "Se efter, om adressen på Microsoft Graph er sat rigtigt op. " + callSupport},
	"token-not-available": {"Vi kunne ikke hente en adgangsnøgle hos Microsoft.", "Der prøves igen af sig selv. Se efter, om login.microsoftonline.com kan nås, og om certifikat eller hemmelighed stadig ligger, hvor de skal."},

	// Microsoft's passing troubles.
	"ErrorMailboxMoveInProgress":        {"Microsoft er ved at flytte postkassen.", "Du behøver ikke gøre noget. Det kan tage nogle timer."},
	"MailboxInfoStale":                  {"Microsoft ved for tiden ikke, hvor postkassen ligger.", "Der prøves igen af sig selv. Varer det mere end et døgn, så opret en sag hos Microsoft."},
	"ErrorMailboxStoreUnavailable":      {"Postkassen er midlertidigt utilgængelig hos Microsoft.", nothingToDo},
	"ErrorServerBusy":                   {"Microsofts server er overbelastet.", nothingToDo},
	"ErrorTimeoutExpired":               {"Microsofts server blev ikke færdig i tide.", nothingToDo},
	"ErrorInternalServerTransientError": {"Microsoft har en forbigående fejl.", nothingToDo},
	"ErrorInternalServerError":          {"Microsoft har en intern fejl.", nothingToDo},
	"InternalServerError":               {"Microsoft har en intern fejl.", nothingToDo},
	"ConcurrentItemSave":                {"Aftalen blev gemt af en anden i samme øjeblik.", nothingToDo},
	"ErrorIrresolvableConflict":         {"Aftalen blev ændret af en anden i samme øjeblik.", nothingToDo},
	"ApplicationThrottled":              {"Microsoft har bedt os vente, fordi der er spurgt for ofte.", nothingToDo},
	"TooManyRequests":                   {"Microsoft har bedt os vente, fordi der er spurgt for ofte.", nothingToDo},
	"MailboxConcurrency":                {"Der er for mange samtidige opslag i postkassen.", nothingToDo},
	"SyncStateNotFound":                 {"Microsoft kunne ikke fortsætte fra sidste læsning.", "Du behøver ikke gøre noget; hele kalenderen læses igen af sig selv."},
	"ErrorQuotaExceeded":                {"Postkassen er fuld, så møder kan ikke skrives i kalenderen.", "Bed medarbejderen rydde op i postkassen, eller giv den mere plads i Exchange-administration. Vælg derefter »Prøv igen med markerede«."},
	"ErrorPropertyValidationFailure":    {"Microsoft ville ikke tage imod en oplysning i mødet.", callSupport},
	"ErrorInvalidRequest":               {"Microsoft forstod ikke forespørgslen.", callSupport},
	"ErrorInvalidParameter":             {"Microsoft forstod ikke forespørgslen.", callSupport},
	"ErrorInvalidUrlQuery":              {"Microsoft forstod ikke forespørgslen.", callSupport},
	"ErrorTimeIntervalTooBig":           {"Microsoft ville ikke læse så lang en periode.", callSupport},
	"ErrorOccurrenceCrossingBoundary":   {"Et møde kunne ikke flyttes forbi et andet i samme serie.", callSupport},

	// Access.
	"ErrorAccessDenied":           {"Planneren har ikke lov til at se denne kalender.", "Giv appen rollen »Application Calendars.ReadWrite« for medarbejderens postkasse i Exchange Online (RBAC for Applications). Det slår igennem efter 30 minutter til 2 timer. Vælg derefter »Prøv igen«."},
	"Authorization_RequestDenied": {"Appen mangler en tilladelse i Entra ID.", "Bed en global administrator give appen de tilladelser, som installationsvejledningen nævner. Vælg derefter »Prøv igen«."},
	"InvalidAuthenticationToken":  {"Microsoft godtog ikke vores adgangsnøgle.", "Se efter, om appen er slået fra eller spærret i Entra ID. Vælg derefter »Prøv igen«."},
	"invalid_client":              {"Microsoft kender ikke appens hemmelighed eller certifikat.", "Læg en gyldig hemmelighed eller et gyldigt certifikat ind i opsætningen. Vælg derefter »Prøv igen«."},
	"unauthorized_client":         {"Appen er ikke kendt eller er slået fra i Entra ID.", "Se efter, om app-id og lejer-id er rigtige, og om appen er slået til. Vælg derefter »Prøv igen«."},
	"invalid_request":             {"Microsoft forstod ikke vores login.", "Se efter, om lejer-id og app-id er rigtige i opsætningen."},
	"invalid_scope":               {"Microsoft forstod ikke, hvad vi bad om adgang til.", "Se efter, om adressen på Microsoft Graph er sat rigtigt op."},
	"access_denied":               {"En regel i Entra ID afviste login.", "Se efter, om betinget adgang gælder for appen. Vælg derefter »Prøv igen«."},
	"AADSTS7000215":               {"Appens hemmelighed er forkert.", "Læg den rigtige hemmelighed ind i opsætningen (værdien, ikke id'et). Vælg derefter »Prøv igen«."},
	"AADSTS7000222":               {"Appens hemmelighed er udløbet.", "Lav en ny hemmelighed i Entra ID, og læg den ind i opsætningen. Vælg derefter »Prøv igen«."},
	"AADSTS700027":                {"Appens certifikat er udløbet eller ikke registreret i Entra ID.", "Registrér et gyldigt certifikat i Entra ID. Vælg derefter »Prøv igen«."},
	"AADSTS700016":                {"Appen findes ikke i denne lejer.", "Se efter, om app-id og lejer-id er rigtige i opsætningen."},
	"AADSTS90002":                 {"Lejeren findes ikke.", "Se efter, om lejer-id er rigtigt i opsætningen."},
	"AADSTS53003":                 {"Betinget adgang i Entra ID afviste login.", "Undtag appen fra reglen, eller tillad adressen, som Planneren kommer fra. Vælg derefter »Prøv igen«."},

	// No such mailbox.
	"MailboxNotEnabledForRESTAPI":   {"Postkassen er nedlagt, inaktiv eller ligger ikke i Exchange Online.", "Se efter, om medarbejderen har licens og postkasse i Exchange Online. Vælg derefter »Prøv igen«."},
	"MailboxNotSupportedForRESTAPI": {"Postkassen er nedlagt, inaktiv eller ligger ikke i Exchange Online.", "Se efter, om medarbejderen har licens og postkasse i Exchange Online. Vælg derefter »Prøv igen«."},
	"ErrorInvalidUser":              {"Microsoft kender ikke brugeren.", "Se efter, om medarbejderens objekt-id er rigtigt i Planneren. Vælg derefter »Prøv igen«."},
	"Request_ResourceNotFound":      {"Microsoft kender ikke brugeren.", "Se efter, om medarbejderens objekt-id er rigtigt i Planneren. Vælg derefter »Prøv igen«."},
	"ErrorNonExistentMailbox":       {"Der er ingen postkasse med denne adresse.", "Se efter, om medarbejderen har licens og postkasse i Exchange Online. Vælg derefter »Prøv igen«."},
	"ErrorItemNotFound":             {"Kalenderen findes ikke i postkassen.", "Se efter, om medarbejderen har licens og postkasse i Exchange Online. Vælg derefter »Prøv igen«."},
}

var (
	entraNumber = regexp.MustCompile(`AADSTS[0-9]+$`)
	httpStatus  = regexp.MustCompile(`^(?:token-)?http-([0-9]{3})$`)
)

// trouble puts a code into words. Entra's codes come as "invalid_client-AADSTS7000215", of which the
// number says most. An unknown code is given back as it is, without advice that might be wrong.
func trouble(code string) advice {
	if a, ok := troubles[code]; ok {
		return a
	}
	if n := entraNumber.FindString(code); n != "" {
		if a, ok := troubles[n]; ok {
			return a
		}
		if a, ok := troubles[strings.TrimSuffix(code, "-"+n)]; ok {
			return a
		}
	}
	if m := httpStatus.FindStringSubmatch(code); m != nil {
		switch {
		case m[1] == "407":
			return advice{"En proxy på vejen til Microsoft kræver login.", "Se efter, om proxyen er sat rigtigt op."}
		case m[1] == "401" || m[1] == "403":
			return advice{"Adgangen blev afvist uden nærmere forklaring (HTTP " + m[1] + ").", "Se efter, om en proxy eller firewall spærrer, og om appen har adgang til kalenderen. Vælg derefter »Prøv igen«."}
		case m[1][0] == '5':
			return advice{"Microsoft, eller noget på vejen dertil, har en fejl (HTTP " + m[1] + ").", nothingToDo}
		default:
			return advice{"Et uventet svar kom tilbage (HTTP " + m[1] + ").", "Se efter, om en proxy svarer i stedet for Microsoft. " + callSupport}
		}
	}
	return advice{What: "Ukendt fejl, kode " + code + "."}
}
