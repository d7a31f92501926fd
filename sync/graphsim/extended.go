package graphsim

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Extended properties are MAPI named properties: "String {guid} Name BookingId". They are stored
// with what is written, shown only by $expand, and never in delta (behaviours 23, 24, 49).

var propID = regexp.MustCompile(`^(?i)([a-z]+)\s+(?:\{([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\}\s+(?:Name\s+(.+)|Id\s+(0x[0-9a-f]{1,8}))|(0x[0-9a-f]{1,8}))$`)

var propTypes = []string{"ApplicationTime", "Binary", "Boolean", "CLSID", "Currency", "Double", "Float", "Integer", "Long", "Short", "String", "SystemTime",
	"BinaryArray", "BooleanArray", "CLSIDArray", "CurrencyArray", "DoubleArray", "FloatArray", "IntegerArray", "LongArray", "ShortArray", "StringArray", "SystemTimeArray"}

// canonicalProp brings a property's id to the spelling Graph answers with: the GUID in lower case.
func canonicalProp(id string) (string, bool) {
	m := propID.FindStringSubmatch(strings.TrimSpace(id))
	if m == nil {
		return "", false
	}
	kind, ok := canonical(propTypes, m[1])
	switch {
	case !ok:
		return "", false
	case m[5] != "":
		return kind + " " + strings.ToLower(m[5]), true
	case m[4] != "":
		return kind + " {" + strings.ToLower(m[2]) + "} Id " + strings.ToLower(m[4]), true
	}
	return kind + " {" + strings.ToLower(m[2]) + "} Name " + m[3], true
}

func errProp(id string) *apiError {
	return badRequest("ErrorInvalidProperty", "PropertyId values may only be in one of the following formats: 'MapiPropertyType namespaceGuid Name propertyName', 'MapiPropertyType namespaceGuid Id propertyId' or 'MapiPropertyType propertyTag'. Given: '%s'.", id)
}

// applySingleProps adds to what is there; a null value takes a property away.
func applySingleProps(c *content, raw json.RawMessage) *apiError {
	var in []struct {
		ID    string  `json:"id"`
		Value *string `json:"value"`
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return errBody("singleValueExtendedProperties", err)
	}
	props := maps.Clone(c.props)
	if props == nil {
		props = map[string]string{}
	}
	for _, p := range in {
		id, ok := canonicalProp(p.ID)
		if !ok {
			return errProp(p.ID)
		}
		if p.Value == nil {
			delete(props, id)
		} else {
			props[id] = *p.Value
		}
	}
	c.props = props
	return nil
}

func applyMultiProps(c *content, raw json.RawMessage) *apiError {
	var in []struct {
		ID    string   `json:"id"`
		Value []string `json:"value"`
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return errBody("multiValueExtendedProperties", err)
	}
	props := maps.Clone(c.multiProps)
	if props == nil {
		props = map[string][]string{}
	}
	for _, p := range in {
		id, ok := canonicalProp(p.ID)
		if !ok {
			return errProp(p.ID)
		}
		if len(p.Value) == 0 {
			delete(props, id)
		} else {
			props[id] = slices.Clone(p.Value)
		}
	}
	c.multiProps = props
	return nil
}

// extension is an open extension; its fields are free JSON.
type extension struct {
	name   string
	fields fields
}

func applyExtensions(c *content, raw json.RawMessage, _ time.Time) *apiError {
	var in []json.RawMessage
	if err := json.Unmarshal(raw, &in); err != nil {
		return errBody("extensions", err)
	}
	for _, one := range in {
		x, fail := parseExtension(one, "")
		if fail != nil {
			return fail
		}
		c.setExtension(x)
	}
	return nil
}

// parseExtension reads an openTypeExtension; name is its name where the route tells it.
func parseExtension(raw json.RawMessage, name string) (extension, *apiError) {
	f, fail := parseFields(raw)
	if fail != nil {
		return extension{}, fail
	}
	if told, ok := f["extensionName"]; ok {
		if err := readString("extensionName", told, &name, name); err != nil {
			return extension{}, err
		}
	}
	if name == "" {
		return extension{}, badRequest("ErrorPropertyValidationFailure", "At least one property failed validation: extensionName is required.")
	}
	name = strings.TrimPrefix(name, "Microsoft.OutlookServices.OpenTypeExtension.")
	for k := range f {
		if strings.Contains(k, "@") || k == "extensionName" || k == "id" {
			delete(f, k)
		}
	}
	return extension{name: name, fields: f}, nil
}

func (c *content) setExtension(x extension) {
	for i := range c.extensions {
		if c.extensions[i].name == x.name {
			c.extensions[i] = x
			return
		}
	}
	c.extensions = append(c.extensions, x)
}

func (x extension) object() object {
	o := object{{"@odata.type", "#microsoft.graph.openTypeExtension"}}
	for _, k := range slices.Sorted(maps.Keys(x.fields)) {
		o = append(o, member{k, x.fields[k]})
	}
	return append(o, member{"extensionName", x.name}, member{"id", "Microsoft.OutlookServices.OpenTypeExtension." + x.name})
}
