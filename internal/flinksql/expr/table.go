package expr

import (
	"cmp"
	"slices"
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
	"CHARACTER_LENGTH": "CHAR_LENGTH", "SUBSTR": "SUBSTRING", "CEILING": "CEIL", "NOW": "CURRENT_TIMESTAMP",
}

// Catalogue lists every function, operator and aggregate that there is, by category and name.
func Catalogue() []Entry {
	var all []Entry
	for name, f := range functions() {
		all = append(all, Entry{Name: name, Category: f.Category})
	}
	slices.SortFunc(all, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Category, b.Category), cmp.Compare(a.Name, b.Name))
	})
	return all
}
