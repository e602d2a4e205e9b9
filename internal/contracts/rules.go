package contracts

import "github.com/weftmesh/weft/internal/contracts/strict"

// Rules of the problems that reading a contract finds, beyond those of package strict.
const (
	RuleLocation        = "file-location"
	RuleMissing         = "missing-value"
	RuleRepeatedProduct = "repeated-product"
	RuleRepeatedDomain  = "repeated-domain"
	RuleRepeatedTopic   = "repeated-topic"
	RuleName            = "name-form"
	RuleChoice          = "unknown-choice"
	RuleKey             = "key"
	RuleEventTime       = "event-time"
	RuleField           = "field"
	RuleRegistryPath    = "registry-path"
	RuleAddress         = "address"
	RuleReserved        = "reserved-name"
	RuleReference       = "unknown-reference"
	RuleCombination     = "combination"
	RuleCompanion       = "companion-file"
	RuleVersionQuoted   = "version-quoted"
	RuleSecret          = "secret-in-file"
)

// RuleText says what one rule is for.
type RuleText struct{ ID, Purpose string }

// Rules lists what reading checks, for people who ask what a rule is for.
var Rules = []RuleText{
	{strict.RuleSyntax, "Files are one document of YAML 1.2."},
	{strict.RuleUnknownKey, "A key that is not known is a mistake, not a comment: a misspelt freshnes would promise nothing."},
	{strict.RuleRepeated, "A key that is written twice has two meanings, and readers see one."},
	{strict.RuleShape, "Each key has a shape: a single value, a list, a mapping."},
	{strict.RuleValue, "Durations, percentages, days and numbers are written in the forms that contracts use."},
	{strict.RuleLimit, "Files are at most 1 MiB and 40 levels deep."},
	{RuleLocation, "A contract lies where its domain, product and major version say: domains/<domain>/<product>/[vN/]data-contract.yaml."},
	{RuleMissing, "Domain, product, version and fields identify a product; nothing can be derived without them."},
	{RuleRepeatedProduct, "One product has one contract for each major version."},
	{RuleRepeatedDomain, "A domain has one domain.yaml."},
	{RuleRepeatedTopic, "A topic belongs to one product."},
	{RuleName, "Names that topics are derived from are lower-case letters, digits and hyphens; fields are letters, digits and underscores."},
	{RuleChoice, "Some keys take one of a few words."},
	{RuleKey, "Records of one key keep their order; the key must be a field that is always there."},
	{RuleEventTime, "Freshness, lateness and windows are measured in event time; each product of events says which field that is."},
	{RuleField, "A field has a name, a type, and what completes the type; limits fit the type."},
	{RuleRegistryPath, "The path of schema.registry names the same domain, entity and major version as the contract."},
	{RuleAddress, "Addresses of servers are URLs, those of brokers HOST:PORT."},
	{RuleReserved, "Some event types are kept for the companions of a topic."},
	{RuleReference, "Products, domains, applications and fields that are named exist."},
	{RuleCombination, "Some keys exclude each other or need each other."},
	{RuleCompanion, "Files that a contract names lie within the repository and can be read."},
	{RuleVersionQuoted, "Unquoted, version 2.10 is the number 2.1."},
	{RuleSecret, "Secrets stay out of files: an environment variable or a file is named instead."},
}
