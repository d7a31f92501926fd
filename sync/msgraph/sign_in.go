package msgraph

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
)

// SignIn gets a token and gives the roles in it: the application permissions that Entra was consented to for the
// whole tenant. Permissions given in Exchange Online (RBAC for Applications) are not among them, so none is as it
// should be. Errors are those of every call.
func (c *Client) SignIn(ctx context.Context) (roles []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	token, err := c.tokens.get(ctx)
	if err != nil {
		return nil, failure(ctx, err)
	}
	return rolesOf(token), nil
}

// rolesOf reads a token's claim roles. Graph's tokens are opaque to clients by contract, so one that cannot be
// read is no error; nothing but a diagnosis rests on it.
func rolesOf(token string) []string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil
	}
	body, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return nil
	}
	var claims struct {
		Roles []string `json:"roles"`
	}
	if json.Unmarshal(body, &claims) != nil {
		return nil
	}
	var roles []string
	for _, r := range claims.Roles {
		if code := cleanCode(r); code != "" {
			roles = append(roles, code)
		}
	}
	return roles
}
