package source

// Key is the definition of a key of a configuration, as Connect's ConfigDef.ConfigKey and the "definition" of an
// answer of config/validate.
type Key struct {
	Name          string
	Type          Type
	Required      bool
	Default       *string // nil: none
	Importance    string  // HIGH, MEDIUM, LOW
	Documentation string
	Group         string
	DisplayName   string
}

// Type is a ConfigDef.Type.
type Type string

// The types of keys.
const (
	Boolean  Type = "BOOLEAN"
	String   Type = "STRING"
	Int      Type = "INT"
	Long     Type = "LONG"
	Double   Type = "DOUBLE"
	List     Type = "LIST"
	Class    Type = "CLASS"
	Password Type = "PASSWORD" // never shown: answers have [hidden]
)

// ConfigValue is the answer for one key, as the "value" of an answer of config/validate.
type ConfigValue struct {
	Name        string
	Value       *string  // as given or by default; a password comes as [hidden]
	Recommended []string // what may be written, if that can be listed
	Errors      []string // empty: it is well
	Visible     bool
}
