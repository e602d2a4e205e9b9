import java.math.*;
import java.time.*;
import java.time.format.DateTimeFormatter;
import java.util.*;
import java.util.stream.Collectors;
import org.apache.flink.table.types.logical.*;
import org.apache.flink.types.Row;

/**
 * Writes values as the case files do; the Go package conformance/flinksql/cases writes the same.
 * NULL; true; 12; 1.50 (decimals with their scale); 0.1, 1e+21, NaN, Infinity (doubles, shortest);
 * "text"; x'00ff'; 2024-01-31; 12:00:00; 2024-01-31T12:00:00.000 with as many digits as the type has, and
 * Z for TIMESTAMP_LTZ; 14 months; 1.500 seconds; [1, 2]; {"a": 1} sorted by key; (1, "a") for rows.
 */
class CanonicalText {
    static String of(Object v, LogicalType type) {
        if (v == null) {
            return "NULL";
        }
        switch (type.getTypeRoot()) {
            case CHAR: case VARCHAR: return quoted(v.toString());
            case BINARY: case VARBINARY: return "x'" + HexFormat.of().formatHex((byte[]) v) + "'";
            case DECIMAL: return ((BigDecimal) v).toPlainString();
            case FLOAT: return real((Float) v, true);
            case DOUBLE: return real((Double) v, false);
            case DATE: return DateTimeFormatter.ISO_LOCAL_DATE.format((LocalDate) v);
            case TIME_WITHOUT_TIME_ZONE: return clock((LocalTime) v, ((TimeType) type).getPrecision());
            case TIMESTAMP_WITHOUT_TIME_ZONE: return moment((LocalDateTime) v, ((TimestampType) type).getPrecision());
            case TIMESTAMP_WITH_LOCAL_TIME_ZONE:
                return moment(LocalDateTime.ofInstant((Instant) v, ZoneOffset.UTC), ((LocalZonedTimestampType) type).getPrecision()) + "Z";
            case INTERVAL_YEAR_MONTH: return ((Period) v).toTotalMonths() + " months";
            case INTERVAL_DAY_TIME: return BigDecimal.valueOf(((Duration) v).toMillis(), 3).toPlainString() + " seconds";
            case ARRAY: return array(v, ((ArrayType) type).getElementType());
            case MAP: return map((Map<?, ?>) v, ((MapType) type).getKeyType(), ((MapType) type).getValueType());
            case MULTISET: return map((Map<?, ?>) v, ((MultisetType) type).getElementType(), new IntType());
            case ROW: case STRUCTURED_TYPE: return row((Row) v, type.getChildren());
            default: return v.toString();
        }
    }

    static String quoted(String s) {
        StringBuilder b = new StringBuilder("\"");
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            boolean pair = Character.isHighSurrogate(c) && i + 1 < s.length() && Character.isLowSurrogate(s.charAt(i + 1));
            if (pair) {
                b.append(c).append(s.charAt(++i));
            } else if (c == '"' || c == '\\') {
                b.append('\\').append(c);
            } else if (c == '\n') {
                b.append("\\n");
            } else if (c == '\t') {
                b.append("\\t");
            } else if (c < 0x20 || c == 0x7f || Character.isSurrogate(c) || c == 0x2028 || c == 0x2029) {
                b.append(String.format("\\u%04x", (int) c));
            } else {
                b.append(c);
            }
        }
        return b.append('"').toString();
    }

    static String real(double d, boolean isSingle) {
        if (Double.isNaN(d)) {
            return "NaN";
        }
        if (Double.isInfinite(d)) {
            return d > 0 ? "Infinity" : "-Infinity";
        }
        if (d == 0) {
            return 1 / d < 0 ? "-0" : "0";
        }
        BigDecimal shortest = shortest(d, isSingle).stripTrailingZeros();
        int exponent = shortest.precision() - shortest.scale() - 1;
        if (exponent >= -4 && exponent < 21) {
            return shortest.toPlainString();
        }
        String digits = shortest.unscaledValue().abs().toString();
        String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
        return (d < 0 ? "-" : "") + mantissa + String.format("e%s%02d", exponent < 0 ? "-" : "+", Math.abs(exponent));
    }

    /** The decimal with the fewest digits that reads back as d. */
    static BigDecimal shortest(double d, boolean isSingle) {
        BigDecimal exact = new BigDecimal(d);
        for (int digits = 1; digits < 17; digits++) {
            BigDecimal rounded = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
            if (isSingle ? rounded.floatValue() == (float) d : rounded.doubleValue() == d) {
                return rounded;
            }
        }
        return exact.round(new MathContext(17, RoundingMode.HALF_EVEN));
    }

    static String clock(LocalTime t, int precision) {
        return DateTimeFormatter.ofPattern("HH:mm:ss").format(t) + fraction(t.getNano(), precision);
    }

    static String moment(LocalDateTime t, int precision) {
        return DateTimeFormatter.ISO_LOCAL_DATE.format(t) + "T" + clock(t.toLocalTime(), precision);
    }

    static String fraction(int nanos, int precision) {
        return precision == 0 ? "" : "." + String.format("%09d", nanos).substring(0, precision);
    }

    static String array(Object v, LogicalType element) {
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < java.lang.reflect.Array.getLength(v); i++) {
            parts.add(of(java.lang.reflect.Array.get(v, i), element));
        }
        return "[" + String.join(", ", parts) + "]";
    }

    static String map(Map<?, ?> m, LogicalType key, LogicalType value) {
        return m.entrySet().stream().map(e -> of(e.getKey(), key) + ": " + of(e.getValue(), value))
                .sorted().collect(Collectors.joining(", ", "{", "}"));
    }

    static String row(Row r, List<LogicalType> types) {
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < r.getArity(); i++) {
            parts.add(of(r.getField(i), types.get(i)));
        }
        return "(" + String.join(", ", parts) + ")";
    }
}
