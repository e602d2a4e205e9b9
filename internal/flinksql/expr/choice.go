package expr

import "github.com/weftmesh/weft/internal/rows"

// choice is CASE, IF and COALESCE: the first arm whose condition is true gives a row's value.
type choice struct {
	of    rows.Type
	arms  []arm
	out   *rows.Column
	rooms [4][]int32
}

// arm is a condition and its result. With no condition, the result itself decides: it counts where it is not NULL. The
// last arm has neither: it is for all rows that are left.
type arm struct {
	condition, result *branch
	last              bool
}

func (c *choice) renew() { c.out = nil }

func (c *choice) eval(in *input) (*rows.Column, error) {
	if c.out == nil {
		c.out = &rows.Column{Type: c.of.Plain()}
	}
	c.out.Nulls = nil
	c.out.Resize(in.n)
	open := places(c.rooms[0], in.n)
	c.rooms[0] = open
	spare := c.rooms[1]
	for _, arm := range c.arms {
		if len(open) == 0 {
			return c.out, nil
		}
		left, err := c.try(in, arm, open, spare[:0])
		if err != nil {
			return nil, err
		}
		open, spare = left, open
	}
	c.rooms[0], c.rooms[1] = open, spare
	for _, at := range open {
		c.out.SetNull(int(at), in.n)
	}
	return c.out, nil
}

// try gives the rows of open that an arm leaves.
func (c *choice) try(in *input, a arm, open, left []int32) ([]int32, error) {
	if a.condition == nil {
		return c.take(in, a, open, left)
	}
	conditions, err := a.condition.over(in, open)
	if err != nil {
		return nil, err
	}
	hit := c.rooms[2][:0]
	for i, at := range open {
		if conditions.Bools[i] && !conditions.Null(i) {
			hit = append(hit, at)
		} else {
			left = append(left, at)
		}
	}
	c.rooms[2] = hit
	if len(hit) == 0 {
		return left, nil
	}
	values, err := a.result.over(in, hit)
	if err != nil {
		return nil, err
	}
	scatter(c.out, hit, values, in.n)
	return left, nil
}

// take puts down what an arm without a condition gives.
func (c *choice) take(in *input, a arm, open, left []int32) ([]int32, error) {
	values, err := a.result.over(in, open)
	if err != nil {
		return nil, err
	}
	scatter(c.out, open, values, in.n)
	if a.last || values.Nulls == nil {
		return left, nil
	}
	for i, at := range open {
		if values.Nulls[i] {
			left = append(left, at)
		}
	}
	c.clear(left)
	return left, nil
}

// clear takes back the NULL of rows that a later arm may fill.
func (c *choice) clear(left []int32) {
	for _, at := range left {
		c.out.Nulls[at] = false
	}
}

// chosenBy makes the arms of CASE from its arguments: condition, result, condition, result ... else.
func chosenBy(c *compiler, of *Call) (node, error) {
	all, err := c.branches(of.Args)
	if err != nil {
		return nil, err
	}
	made := &choice{of: of.Of}
	for len(all) >= 2 {
		made.arms = append(made.arms, arm{condition: all[0], result: all[1]})
		all = all[2:]
	}
	if len(all) == 1 {
		made.arms = append(made.arms, arm{result: all[0], last: true})
	}
	return made, nil
}

// firstOf makes the arms of COALESCE.
func firstOf(c *compiler, of *Call) (node, error) {
	all, err := c.branches(of.Args)
	if err != nil {
		return nil, err
	}
	made := &choice{of: of.Of}
	for i, b := range all {
		made.arms = append(made.arms, arm{result: b, last: i == len(all)-1})
	}
	return made, nil
}

func conditionals() []*Function {
	return []*Function{
		{Name: "CASE", Category: Conditional, Infer: inferCase, special: chosenBy, Cheap: true},
		{Name: "IF", Category: Conditional, Infer: inferIf, special: chosenBy, Cheap: true},
		{Name: "COALESCE", Category: Conditional, Infer: inferCoalesce, special: firstOf, Cheap: true},
		{Name: "IFNULL", Category: Conditional, Infer: exactly(2, inferCoalesce), special: firstOf, Cheap: true},
	}
}

// inferCase takes condition, result, ... else.
func inferCase(args []Arg) (rows.Type, []rows.Type, error) {
	var results []rows.Type
	coerced := make([]rows.Type, len(args))
	for i, arg := range args {
		if i%2 == 1 || i == len(args)-1 {
			results = append(results, arg.Type)
			continue
		}
		if arg.Type.Kind != rows.Boolean && arg.Type.Kind != rows.Null {
			return rows.Type{}, nil, refuse("Write a comparison after WHEN.", "a condition of CASE is a BOOLEAN, not %s", arg.Type.Nullable(true))
		}
		coerced[i] = rows.BooleanType.Nullable(!arg.Type.NotNull)
	}
	if len(args)%2 == 0 {
		results = append(results, rows.Type{})
	}
	out, ok := CommonType(results...)
	if !ok {
		return out, nil, refuse("CAST the results to one type.", "the results of CASE have no type in common: %s", list(results))
	}
	for i := range args {
		if i%2 == 1 || i == len(args)-1 {
			coerced[i] = out
		}
	}
	return out, coerced, nil
}

func inferIf(args []Arg) (rows.Type, []rows.Type, error) {
	if len(args) != 3 {
		return rows.Type{}, nil, refuse("", "IF takes a condition and two results, not %s", counted(len(args)))
	}
	if err := noBareNull(args); err != nil {
		return rows.Type{}, nil, err
	}
	return inferCase(args)
}

func inferCoalesce(args []Arg) (rows.Type, []rows.Type, error) {
	if len(args) == 0 {
		return rows.Type{}, nil, refuse("", "COALESCE takes at least one argument")
	}
	types := make([]rows.Type, len(args))
	notNull := false
	for i, arg := range args {
		types[i] = arg.Type
		notNull = notNull || arg.Type.NotNull
	}
	out, ok := CommonType(types...)
	if !ok {
		return out, nil, refuse("CAST the arguments to one type.", "the arguments of COALESCE have no type in common: %s", list(types))
	}
	out.NotNull = notNull
	coerced := make([]rows.Type, len(args))
	for i := range coerced {
		coerced[i] = out
	}
	return out, coerced, nil
}

func exactly(n int, infer func([]Arg) (rows.Type, []rows.Type, error)) func([]Arg) (rows.Type, []rows.Type, error) {
	return func(args []Arg) (rows.Type, []rows.Type, error) {
		if len(args) != n {
			return rows.Type{}, nil, refuse("", "it takes %s, not %d", counted(n), len(args))
		}
		return infer(args)
	}
}
