package expr

import (
	"crypto/md5"  //nolint:gosec // a function of SQL, not for secrets
	"crypto/sha1" //nolint:gosec // as above
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"

	"github.com/weftmesh/weft/internal/rows"
)

// hashFunctions give the digits of a hash.
func hashFunctions() []*Function {
	hash := func(name string, of func(string) string) *Function {
		return fn(Hash, name, takes(aRaw), always(rows.Type{Kind: rows.Char, Length: len(of(""))}), map1(of))
	}
	return []*Function{
		hash("MD5", md5Of), hash("SHA1", sha1Of), hash("SHA224", sha224Of), hash("SHA256", sha256Of), hash("SHA384", sha384Of), hash("SHA512", sha512Of),
		{Name: "SHA2", Category: Hash, Infer: inferSHA2, Eval: try2(sha2Of), Strict: true},
	}
}

func inferSHA2(args []Arg) (rows.Type, []rows.Type, error) {
	out, coerced, err := takes(aRaw, anInt).returns(always(rows.Type{Kind: rows.Varchar, Length: 128}))(args)
	if err != nil {
		return out, nil, err
	}
	if c, ok := args[1].Expr.(*Const); ok {
		if bits, known := c.Value.(int64); known && bits != 224 && bits != 256 && bits != 384 && bits != 512 {
			return out, nil, refuse("Its lengths are 224, 256, 384 and 512 bits.", "SHA2 has no hash of %d bits", bits)
		}
	}
	return out, coerced, nil
}

func md5Of(s string) string {
	h := md5.Sum([]byte(s)) //nolint:gosec // a function of SQL, not for secrets
	return hex.EncodeToString(h[:])
}

func sha1Of(s string) string {
	h := sha1.Sum([]byte(s)) //nolint:gosec // a function of SQL, not for secrets
	return hex.EncodeToString(h[:])
}

func sha224Of(s string) string {
	h := sha256.Sum224([]byte(s))
	return hex.EncodeToString(h[:])
}

func sha256Of(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

func sha384Of(s string) string {
	h := sha512.Sum384([]byte(s))
	return hex.EncodeToString(h[:])
}

func sha512Of(s string) string {
	h := sha512.Sum512([]byte(s))
	return hex.EncodeToString(h[:])
}

var errHash = errors.New("Unsupported algorithm.")

func sha2Of(s string, bits int64) (string, bool, error) {
	switch bits {
	case 224:
		return sha224Of(s), true, nil
	case 256:
		return sha256Of(s), true, nil
	case 384:
		return sha384Of(s), true, nil
	case 512:
		return sha512Of(s), true, nil
	}
	return "", false, errHash
}
