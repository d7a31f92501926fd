package graphtest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"kommunalplanner.example/sync/graphsim"
)

// TestMicrosoftsOwnLoginLibraryGetsATokenThatGraphTakes is the proof that the token service is real enough:
// azidentity, unchanged, with a secret.
func TestMicrosoftsOwnLoginLibraryGetsATokenThatGraphTakes(t *testing.T) {
	t.Parallel()
	sim, base, conf := graphsim.NewTest(t, graphsim.Config{})
	user := sim.AddUser(graphsim.User{UPN: "ane@kommune.example"})
	transport := &http.Transport{TLSClientConfig: conf}
	t.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: transport}
	options := azcore.ClientOptions{Transport: client, Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: base}}
	login := func(secret string) (azcore.AccessToken, error) {
		cred, err := azidentity.NewClientSecretCredential(graphsim.DefaultTenant, graphsim.DefaultClientID, secret,
			&azidentity.ClientSecretCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: true})
		if err != nil {
			t.Fatal(err)
		}
		return cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"https://graph.microsoft.com/.default"}})
	}
	token, err := login(graphsim.DefaultSecret)
	if err != nil {
		t.Fatal(err)
	}
	if life := time.Until(token.ExpiresOn); life < 50*time.Minute || life > time.Hour {
		t.Fatalf("the token lives %s", life)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/v1.0/users/"+user.ObjectID+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token.Token)
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatal(answer.Status)
	}
	if _, err := login("wrong"); err == nil {
		t.Fatal("a wrong secret got a token")
	}
}
