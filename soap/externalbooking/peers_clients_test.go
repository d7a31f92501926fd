//go:build peers

package externalbooking

import (
	"net/http/httptest"
	"os/exec"
	"testing"

	"kommunalplanner.example/soap"
)

// zeep and PHP's SoapClient get nothing but our WSDL's address.
func TestClientsOfOthersReadOurWSDLAndCallUs(t *testing.T) {
	srv := httptest.NewServer(New(new(fake), soap.Config{CheckAnswers: true, Logger: silent}))
	defer srv.Close()
	at := srv.URL + Path
	for name, args := range map[string][]string{
		"zeep 1.1":               {"/usr/bin/python3", "testdata/peers/zeep_client.py", at + "?wsdl", "ExternalBookingService"},
		"zeep 1.2":               {"/usr/bin/python3", "testdata/peers/zeep_client.py", at + "?wsdl=1.2", "ExternalBookingService12"},
		"PHP 1.1":                {"php", "testdata/peers/client.php", at + "?wsdl", "1"},
		"PHP 1.1, both bindings": {"php", "testdata/peers/client.php", at + "?wsdl=1.2", "1"},
		"PHP 1.2":                {"php", "testdata/peers/client.php", at + "?wsdl=1.2", "2"},
	} {
		t.Run(name, func(t *testing.T) {
			if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
