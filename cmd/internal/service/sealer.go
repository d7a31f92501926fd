package service

import (
	"errors"
	"fmt"

	"kommunalplanner.example/planner/plannerdb"
	"kommunalplanner.example/soap/dfdgdb"
)

// cprFromEnv reads what CPR numbers are sealed and found by.
func cprFromEnv(e *env, c *Config) {
	c.CPRKey, c.CPRKeyID = e.text("PLANNER_CPR_KEY", ""), e.number("PLANNER_CPR_KEY_ID", 1)
	c.CPROldKeys, c.CPRHashKey = e.text("PLANNER_CPR_OLD_KEYS", ""), e.text("PLANNER_CPR_HASH_KEY", "")
}

func (c Config) sealer() (*plannerdb.Sealer, error) {
	keys, current, hashKey, err := c.cprKeys()
	if err != nil {
		return nil, err
	}
	sealer, err := plannerdb.NewSealer(keys, current, hashKey)
	if err != nil {
		return nil, fmt.Errorf("set up the sealing of CPR numbers: %w", err)
	}
	return sealer, nil
}

// vault seals whole messages, with keys made from those of CPR numbers.
func (c Config) vault() (*dfdgdb.Vault, error) {
	keys, current, _, err := c.cprKeys()
	if err != nil {
		return nil, err
	}
	vault, err := dfdgdb.NewVault(keys, current)
	if err != nil {
		return nil, fmt.Errorf("set up the sealing of DFDG's messages: %w", err)
	}
	return vault, nil
}

// openSealer is for commands that need these settings and no others.
func openSealer(lookup func(string) (string, bool)) (*plannerdb.Sealer, error) {
	e := env{lookup: lookup}
	var c Config
	cprFromEnv(&e, &c)
	if err := errors.Join(e.wrong...); err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	sealer, err := c.sealer()
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	return sealer, nil
}
