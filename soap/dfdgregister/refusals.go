package dfdgregister

import "strconv"

// about is what a fault is about.
type about int

const (
	aboutBooking about = iota // this booking, as it is
	aboutSetup                // our certificate, rights or headers: every report meets it
	aboutPassing              // the other side is not well
	aboutUnknown              // 4768: DFDG does not have the booking
)

// known are DFDG's numbers (booking error codes and general faults, told), and what a person can do.
var known = map[int]struct {
	about about
	text  string
}{
	1001: {aboutBooking, "Borgerens CPR-nummer er ikke gyldigt. Ret det i fagsystemet, og aflys bookingen, hvis den er oprettet på en forkert person."},
	1010: {aboutBooking, "DFDG kender ikke borgerens CPR-nummer. Kontrollér det, og vælg »Prøv igen«."},
	1011: {aboutPassing, "Intern fejl hos DFDG. Der prøves igen automatisk."},
	1012: {aboutSetup, "DFDG godtager ikke vores login. Kontrollér funktionscertifikatet."},
	1013: {aboutSetup, "Vi har ikke adgang til servicen hos DFDG. Bestil adgang hos STAR."},
	1014: {aboutBooking, "DFDG mener, at meddelelsen er ugyldig. Kontakt systemets leverandør."},
	1100: {aboutPassing, "Der opstod en fejl hos DFDG. Der prøves igen automatisk."},
	1101: {aboutSetup, "DFDG modtog ikke vores funktionscertifikat. Kontrollér opsætningen."},
	2001: {aboutBooking, "En kodeliste kendes ikke af DFDG. Hent kodelister, og vælg »Prøv igen«."},
	2002: {aboutBooking, "En kode kendes ikke af DFDG. Ret samtaletilbuddets koder, og vælg »Prøv igen«."},
	2003: {aboutBooking, "En kode er udløbet. Ret samtaletilbuddets koder, og vælg »Prøv igen«."},
	4367: {aboutBooking, "Borgeren er ikke tilmeldt jobcenteret. Kontrollér tilmeldingen, og vælg »Prøv igen«."},
	4385: {aboutSetup, "DFDG kender os ikke som a-kasse. Kontrollér opsætningen."},
	4405: {aboutBooking, "Borgeren er registreret som død. Aflys bookingen."},
	4413: {aboutSetup, "Myndighedstypen godtages ikke af DFDG. Kontrollér opsætningen."},
	4575: {aboutBooking, "Vi må ikke ændre denne booking; et andet system ejer den. Ret den dér."},
	4708: {aboutBooking, "Samtaleformen godtages ikke af DFDG. Ret samtaletilbuddet, og vælg »Prøv igen«."},
	4709: {aboutBooking, "Samtaletypen godtages ikke af DFDG. Ret samtaletilbuddet, og vælg »Prøv igen«."},
	4768: {aboutUnknown, "DFDG kender ikke bookingen."},
	4769: {aboutPassing, "DFDG har ikke forbindelse. Der prøves igen automatisk."},
	4783: {aboutBooking, "Mødet ligger før i dag og kan ikke længere indberettes. Vælg »Afslut«."},
	4792: {aboutBooking, "Mødet slutter før det begynder. Ret tiden, og vælg »Prøv igen«."},
	4805: {aboutBooking, "Mødeformen (fælles eller individuel) godtages ikke af DFDG. Ret samtaletilbuddet, og vælg »Prøv igen«."},
	4856: {aboutBooking, "Borgeren er ikke medlem af en a-kasse. Vælg en anden samtaletype."},
	4857: {aboutBooking, "Borgeren er medlem af en anden a-kasse. Vælg en anden samtaletype."},
	8107: {aboutBooking, "DFDG har bookingen på en anden borger. Kontakt systemets leverandør."},
	8111: {aboutPassing, "DFDG kunne ikke slå borgeren op. Der prøves igen automatisk."},
	8125: {aboutBooking, "Der er sat en frist for ombooking, selv om ombooking ikke er mulig. Ret samtaletilbuddet, og vælg »Prøv igen«."},
	8126: {aboutBooking, "Der mangler en frist for ombooking. Ret samtaletilbuddet, og vælg »Prøv igen«."},
	8127: {aboutBooking, "Der er sat en frist for aflysning, selv om aflysning ikke er mulig. Ret samtaletilbuddet, og vælg »Prøv igen«."},
	8173: {aboutSetup, "Organisationstypen godtages ikke af DFDG. Kontrollér opsætningen."},
	8174: {aboutSetup, "Brugertypen godtages ikke af DFDG. Kontrollér opsætningen."},
	8232: {aboutSetup, "DFDG mangler en header i kaldet. Kontakt systemets leverandør."},
	8233: {aboutSetup, "DFDG mangler en header i kaldet. Kontakt systemets leverandør."},
	8234: {aboutSetup, "DFDG kan ikke læse en header i kaldet. Kontakt systemets leverandør."},
	8235: {aboutSetup, "DFDG kan ikke læse en header i kaldet. Kontakt systemets leverandør."},
	9018: {aboutPassing, "DFDG har ikke forbindelse. Der prøves igen automatisk."},
}

// meaning of a number. One that is not told is about the booking: it is shown with its number, rather than tried for ever.
func meaning(code int) (about, string) {
	if k, ok := known[code]; ok {
		return k.about, k.text
	}
	return aboutBooking, "DFDG afviser med fejl " + strconv.Itoa(code) + ". Se STAR's vejledning, ret bookingen, og vælg »Prøv igen«."
}

// passingTries is after how many tries a passing fault is no longer taken for one.
const passingTries = 12
