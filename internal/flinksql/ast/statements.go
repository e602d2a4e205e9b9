// Package ast holds Flink SQL as it is written: statements, queries and expressions, each with its place.
package ast

import "github.com/weftmesh/weft/internal/flinksql/lex"

// Position is where a node starts.
type Position = lex.Position

// Node is anything that has a place in the text.
type Node interface{ At() Position }

// Place makes a node of whatever embeds it.
type Place struct{ Position Position }

// At gives the place where the node starts.
func (p Place) At() Position { return p.Position }

// Statement is what one semicolon ends.
type Statement interface {
	Node
	statement()
}

// Name is a name of one or more parts, without backticks: catalog, database, table; or table, column, field.
type Name struct {
	Place
	Parts []string
}

// Option is 'key' = 'value' in a WITH clause or a hint.
type Option struct {
	Place
	Key, Value string
}

// CreateTable is CREATE [TEMPORARY] TABLE. LIKE and AS are kept for the planner to refuse or to run.
type CreateTable struct {
	Place
	Temporary, IfNotExists bool
	Name                   Name
	Columns                []ColumnDef
	Watermark              *Watermark
	PrimaryKey             *PrimaryKey
	Comment                string
	PartitionedBy          []string
	With                   []Option
	As                     *Query   // CREATE TABLE ... AS SELECT; nil if absent
	Like                   *Name    // CREATE TABLE ... LIKE other; nil if absent
	LikeOptions            []string // INCLUDING ALL, OVERWRITING OPTIONS ...
}

// ColumnDef is one column of CREATE TABLE: physical (Type alone), computed (Computed) or metadata (Type and Metadata).
type ColumnDef struct {
	Place
	Name         string
	Type         *TypeName // nil for a computed column, and for a column that AS query gives its type
	Computed     Expr      // AS expression; nil otherwise
	Metadata     bool
	MetadataFrom string // METADATA FROM 'key'; "" is the column's own name
	Virtual      bool
	PrimaryKey   bool // PRIMARY KEY NOT ENFORCED beside the column
	Comment      string
}

// Watermark is WATERMARK FOR column AS expression.
type Watermark struct {
	Place
	Column Name
	Expr   Expr
}

// PrimaryKey is [CONSTRAINT name] PRIMARY KEY (columns) NOT ENFORCED.
type PrimaryKey struct {
	Place
	Name     string
	Columns  []string
	Enforced bool // written ENFORCED or without NOT ENFORCED: Flink refuses it
}

// CreateView is CREATE [OR REPLACE] [TEMPORARY] VIEW name [(columns)] AS query. Text is the query as it was written.
type CreateView struct {
	Place
	Replace, Temporary, IfNotExists bool
	Name                            Name
	Columns                         []string
	Comment                         string
	Query                           *Query
	Text                            string
}

// Drop is DROP [TEMPORARY] TABLE|VIEW|... [IF EXISTS] name [CASCADE].
type Drop struct {
	Place
	What                string // TABLE, VIEW, FUNCTION, DATABASE, CATALOG
	Temporary, IfExists bool
	Name                Name
	Cascade             bool // of a DATABASE
}

// Insert is INSERT INTO table [(columns)] query [ON CONFLICT ...].
type Insert struct {
	Place
	Overwrite  bool
	Table      Name
	Hints      []Option // /*+ OPTIONS(...) */ behind the table
	Partition  []PartitionValue
	Columns    []string
	Query      *Query
	OnConflict string // "", DO ERROR, DO NOTHING, DO DEDUPLICATE (Flink 2.3, FLIP-558)
}

// PartitionValue is column = value in INSERT INTO table PARTITION (...).
type PartitionValue struct {
	Place
	Column string
	Value  Expr
}

// StatementSet is [EXECUTE] STATEMENT SET BEGIN inserts END: several sinks in one job.
type StatementSet struct {
	Place
	Inserts []*Insert
}

// QueryStatement is a query by itself.
type QueryStatement struct {
	Place
	Query *Query
}

// Explain is EXPLAIN [details] statement.
type Explain struct {
	Place
	Details   []string // ESTIMATED_COST, CHANGELOG_MODE, JSON_EXECUTION_PLAN, PLAN_ADVICE
	Statement Statement
}

// Describe is DESCRIBE|DESC [what] [EXTENDED] name.
type Describe struct {
	Place
	What     string // "" for a table or view; CATALOG, DATABASE, FUNCTION
	Extended bool
	Name     Name
}

// Show is SHOW what [FROM|IN name] [LIKE pattern]: what is TABLES, VIEWS, FUNCTIONS, JOBS, CREATE TABLE, COLUMNS, ...
type Show struct {
	Place
	What    string // words in upper case with one space between
	From    *Name
	Name    *Name // SHOW CREATE TABLE name
	NotLike bool
	Like    string
	ILike   bool // the pattern's letters match in any case
}

// Set is SET 'key' = 'value', or SET alone, which lists.
type Set struct {
	Place
	Key, Value string // both "" to list
}

// Reset is RESET ['key'].
type Reset struct {
	Place
	Key string // "" for all
}

// Use is USE [CATALOG] name.
type Use struct {
	Place
	Catalog bool
	Name    Name
}

// StopJob is STOP JOB 'id' [WITH SAVEPOINT] [WITH DRAIN].
type StopJob struct {
	Place
	Job              string
	Savepoint, Drain bool
}

// Unsupported is a statement that is Flink's and that this parser reads only far enough to name it.
type Unsupported struct {
	Place
	What string // ALTER TABLE, CREATE FUNCTION, ...
}

func (*CreateTable) statement()    {}
func (*CreateView) statement()     {}
func (*Drop) statement()           {}
func (*Insert) statement()         {}
func (*StatementSet) statement()   {}
func (*QueryStatement) statement() {}
func (*Explain) statement()        {}
func (*Describe) statement()       {}
func (*Show) statement()           {}
func (*Set) statement()            {}
func (*Reset) statement()          {}
func (*Use) statement()            {}
func (*StopJob) statement()        {}
func (*Unsupported) statement()    {}
