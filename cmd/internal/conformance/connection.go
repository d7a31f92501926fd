package conformance

import (
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"

	"kommunalplanner.example/soap/soapclient"
	"kommunalplanner.example/soap/wire/booking"
)

// connection checks who gets in, and how.
func (k *kit) connection() {
	k.part = "Forbindelse og certifikater"
	const noTLS = skip("Adressen er uden TLS (https).")
	secure := strings.HasPrefix(k.Booking, "https://")
	k.check("Forbindelse med TLS 1.2 eller nyere", "Forbindelse oprettes med kalderens certifikat", func() (string, error) {
		if !secure {
			return "", noTLS
		}
		r, err := http.NewRequestWithContext(k.ctx, http.MethodGet, k.Booking+"?wsdl", nil)
		if err != nil {
			return "", err
		}
		resp, err := k.HTTP.Do(r)
		if err != nil {
			return "", err
		}
		_ = resp.Body.Close()
		if resp.TLS == nil || resp.TLS.Version < tls.VersionTLS12 {
			return "", wrong("Forbindelsen er ikke TLS 1.2 eller nyere.")
		}
		return tls.VersionName(resp.TLS.Version) + ", " + tls.CipherSuiteName(resp.TLS.CipherSuite), nil
	})
	k.check("Kald uden klientcertifikat", "Afvises i TLS eller med fejl 1101", func() (string, error) {
		if !secure {
			return "", noTLS
		}
		if k.Anonymous == nil {
			return "", skip("Ingen klient uden certifikat er givet.")
		}
		return k.turnedAway(k.Anonymous)
	})
	for _, name := range slices.Sorted(maps.Keys(k.Refused)) {
		k.check("Kald med certifikat: "+name, "Afvises i TLS eller med fejl 1012, 1013 eller 1101", func() (string, error) {
			if !secure {
				return "", noTLS
			}
			return k.turnedAway(k.Refused[name])
		})
	}
	if len(k.Refused) == 0 {
		k.check("Kald med certifikater, der skal afvises", "Afvises", func() (string, error) { return "", skip("Ingen er givet (-refused).") })
	}
}

// remoteError is the Op of the other side's TLS alert.
const remoteError = "remote error"

// turnedAway asks as somebody who must not get in. Only what is about the certificate counts as being turned away: no connection at all
// would be no proof.
func (k *kit) turnedAway(client *http.Client) (string, error) {
	other := soapclient.Client{HTTP: client}
	var (
		err   error
		fault *soapclient.Fault
		alert *net.OpError
	)
	for range 3 {
		_, err = other.Do(k.ctx, k.prepare(k.bookingService(), "GetSelfbookInterviewOptions", k.optionsRequest(), new(booking.GetSelfbookInterviewOptionsResponse)))
		if !errors.As(err, &alert) || alert.Op == remoteError {
			break // else the alert was overtaken by the end of the connection: once more
		}
	}
	switch {
	case err == nil:
		return "", wrong("Kalderen blev lukket ind.")
	case errors.As(err, &fault):
		if fault.Code == 1012 || fault.Code == 1013 || fault.Code == 1101 {
			return told(err), nil
		}
		return "", err
	case errors.As(err, &alert) && alert.Op == remoteError:
		return "Afvist i TLS: " + alert.Err.Error(), nil
	}
	var none *soapclient.NoAnswer
	if errors.As(err, &none) && none.HTTPStatus == http.StatusForbidden {
		return fmt.Sprintf("Afvist med HTTP %d", none.HTTPStatus), nil
	}
	return "", err
}
