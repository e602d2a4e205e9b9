package expr

import (
	"cmp"
	"slices"
	"strings"
	"sync"
)

// functions is the table of all scalar functions and operators, by name.
var functions = sync.OnceValue(func() map[string]*Function {
	table := map[string]*Function{}
	for _, family := range [][]*Function{
		{and, or, not, castFunction, tryCastFunction, inFunction},
		tests(), comparisons(), arithmetic(), conditionals(),
		stringFunctions(), trimFunctions(), codeFunctions(), likeFunctions(), mathFunctions(), floors(), randomFunctions(),
		timeFunctions(), extractFunctions(), accessFunctions(), hashFunctions(), regexFunctions(), splitFunctions(), arrayFunctions(),
		mapFunctions(), chooseFunctions(), jsonFunctions(), jsonReaders(),
	} {
		for _, f := range family {
			table[f.Name] = f
		}
	}
	for alias, name := range aliases {
		table[alias] = table[name]
	}
	return table
})

// aliases are other names of functions.
var aliases = map[string]string{
	"CHARACTER_LENGTH": "CHAR_LENGTH", "SUBSTR": "SUBSTRING", "CEILING": "CEIL", "NOW": "CURRENT_TIMESTAMP", "TRANSLATE3": "TRANSLATE",
}

// LookupFunction finds a scalar function or an operator by its name, in any case.
func LookupFunction(name string) (*Function, bool) {
	f, ok := functions()[strings.ToUpper(name)]
	return f, ok
}

// Entry says what is known of one function, for the docs.
type Entry struct {
	Name     string
	Category Category
	Form     string // how it is written where it is no plain call
}

// Catalogue lists every function, operator and aggregate that there is, by category and name.
func Catalogue() []Entry {
	var all []Entry
	for name, f := range functions() {
		all = append(all, Entry{Name: name, Category: f.Category, Form: forms[name]})
	}
	all = append(all, Entry{"NULLIF", Conditional, ""}, Entry{"BETWEEN", Comparison, "a [NOT] BETWEEN [SYMMETRIC] b AND c"})
	for _, name := range aggregateNames() {
		all = append(all, Entry{Name: name, Category: Aggregated})
	}
	slices.SortFunc(all, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Category, b.Category), cmp.Compare(a.Name, b.Name))
	})
	return all
}

// Category is a section of Flink's page of system functions.
type Category string

// The sections.
const (
	Comparison  Category = "comparison"
	Logical     Category = "logical"
	Arithmetic  Category = "arithmetic"
	String      Category = "string"
	Temporal    Category = "temporal"
	Conditional Category = "conditional"
	Conversion  Category = "conversion"
	Collection  Category = "collection"
	JSON        Category = "json"
	Access      Category = "value access"
	Hash        Category = "hash"
	Aggregated  Category = "aggregate"
)
