import java.util.ArrayList;
import java.util.List;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;

/** Makes Nexmark's events by the rules of the Go package bench/nexmark, value by value the same. */
final class NexmarkEvents {
    static final int PERSON = 1, AUCTION = 2, HOT = 3, PRICE = 4, RESERVE = 5, CHANNEL = 6, EXTRA = 7, EXTRA_AT = 8, NAME = 9, TEXT = 11, TEXT_AT = 12,
            CATEGORY = 13, EXPIRES = 14, CITY = 15, STATE = 16, DRAWS = 16;
    static final String[] FIRST = "Peter,Paul,Luke,John,Saul,Vicky,Kate,Julie,Sarah,Deiter,Walter".split(",");
    static final String[] LAST = "Shultz,Abrams,Spencer,White,Bartels,Walton,Smith,Jones,Noris".split(",");
    static final String[] CITIES = "Phoenix,Los Angeles,San Francisco,Boise,Portland,Bend,Redmond,Seattle,Kent,Cheyenne".split(",");
    static final String[] STATES = "AZ,CA,ID,OR,WA,WY".split(",");
    static final String[] HOT_NAMES = "Google,Facebook,Baidu,Apple".split(",");

    final long seed;
    final String letters, words;
    final List<String> names = new ArrayList<>(), emails = new ArrayList<>(), cards = new ArrayList<>();
    final String[] hotUrls = new String[4], channels = new String[10_000], urls = new String[10_000];
    final long[] prices = new long[4097];
    long drawn;

    NexmarkEvents(long seed) {
        this.seed = seed;
        for (int i = 0; i < prices.length; i++) {
            prices[i] = (long) Math.floor(Math.pow(10, i * 6.0 / 4096) * 100 + 0.5);
        }
        letters = text(1 << 20, (char) 0);
        words = text(1 << 20, ' ');
        for (String first : FIRST) {
            for (String last : LAST) {
                names.add(first + " " + last);
            }
        }
        for (int i = 0; i < 4096; i++) {
            emails.add(word(7) + "@" + word(5) + ".com");
        }
        for (int i = 0; i < 4096; i++) {
            String[] digits = new String[4];
            for (int j = 0; j < 4; j++) {
                digits[j] = String.format("%04d", below(10_000));
            }
            cards.add(String.join(" ", digits));
        }
        for (int i = 0; i < 4; i++) {
            hotUrls[i] = url();
        }
        for (int i = 0; i < channels.length; i++) {
            channels[i] = "channel-" + i;
            urls[i] = url();
            if (below(10) > 0) {
                urls[i] += "&channel_id=" + below(1 << 30);
            }
        }
    }

    long below(long n) {
        return below(draw(-++drawn, 0), n);
    }

    String text(int n, char special) {
        StringBuilder b = new StringBuilder(n);
        for (int i = 0; i < n; i++) {
            char c = (char) ('a' + below(26));
            b.append(special != 0 && below(13) == 0 ? special : c);
        }
        return b.toString();
    }

    String word(int longest) {
        return text((int) (3 + below(longest - 3)), '_');
    }

    String url() {
        return "https://www.nexmark.com/" + word(5) + "/" + word(5) + "/" + word(5) + "/item.htm?query=1";
    }

    long draw(long event, int of) {
        long x = seed + (event * DRAWS + of) * 0x9e3779b97f4a7c15L;
        x = (x ^ x >>> 30) * 0xbf58476d1ce4e5b9L;
        x = (x ^ x >>> 27) * 0x94d049bb133111ebL;
        return x ^ x >>> 31;
    }

    static long below(long bits, long n) {
        return (bits >>> 32) * n >>> 32;
    }

    static long lastPerson(long event) {
        return event / 50;
    }

    static long lastAuction(long event) {
        long round = event / 50, at = event % 50;
        return at < 1 ? round * 3 - 1 : at < 4 ? round * 3 + at - 1 : round * 3 + 2;
    }

    long somePerson(long event) {
        long n = lastPerson(event) + 1, active = Math.min(n, 1000);
        return n - active + below(draw(event, PERSON), active + 10);
    }

    long someAuction(long event) {
        long newest = Math.max(lastAuction(event), 0), oldest = Math.max(newest - 100, 0);
        return oldest + below(draw(event, AUCTION), newest - oldest + 11);
    }

    boolean hot(long event, int shift, long n) {
        return Long.remainderUnsigned(draw(event, HOT) >>> shift, n) > 0;
    }

    long price(long event, int of) {
        long bits = draw(event, of);
        int at = (int) (bits >>> 52);
        return prices[at] + ((prices[at + 1] - prices[at]) * (bits >>> 32 & (1 << 20) - 1) >> 20);
    }

    static long time(long event) {
        return 1_436_918_400_000L + event / 10;
    }

    String piece(String from, long bits, long n) {
        int at = (int) below(bits, from.length() - n);
        return from.substring(at, at + (int) n);
    }

    String extra(long event, long missing) {
        long spread = (missing + 2) / 5;
        return piece(letters, draw(event, EXTRA_AT), missing - spread + below(draw(event, EXTRA), 2 * spread));
    }

    String some(long event, int of, int longest) {
        return piece(words, draw(event, of + 1), 3 + below(draw(event, of), longest - 3));
    }

    static StringData string(String s) {
        return StringData.fromString(s);
    }

    RowData event(long event) {
        long at = event % 50;
        int type = at < 1 ? 0 : at < 4 ? 1 : 2;
        return GenericRowData.of(type, type == 0 ? person(event) : null, type == 1 ? auction(event) : null, type == 2 ? bid(event) : null);
    }

    RowData person(long event) {
        String name = names.get((int) below(draw(event, NAME), names.size()));
        String email = emails.get((int) below(draw(event, TEXT), 4096)), card = cards.get((int) below(draw(event, TEXT_AT), 4096));
        return GenericRowData.of(1000 + lastPerson(event), string(name), string(email), string(card), string(CITIES[(int) below(draw(event, CITY), CITIES.length)]),
                string(STATES[(int) below(draw(event, STATE), STATES.length)]), TimestampData.fromEpochMillis(time(event)),
                string(extra(event, 200 - 8 - (name.length() + email.length() + card.length() + 12))));
    }

    RowData auction(long event) {
        String name = some(event, NAME, 20), description = some(event, TEXT, 100);
        long initial = price(event, PRICE), horizon = time(event + 100 * 50 / 3) - time(event);
        long seller = hot(event, 0, 4) ? lastPerson(event) / 100 * 100 : somePerson(event);
        return GenericRowData.of(1000 + lastAuction(event), string(name), string(description), initial, initial + price(event, RESERVE),
                TimestampData.fromEpochMillis(time(event)), TimestampData.fromEpochMillis(time(event) + 1 + below(draw(event, EXPIRES), Math.max(2 * horizon, 1))),
                1000 + seller, 10 + below(draw(event, CATEGORY), 5), string(extra(event, 500 - 48 - (name.length() + description.length()))));
    }

    RowData bid(long event) {
        long auction = hot(event, 0, 2) ? lastAuction(event) / 100 * 100 : someAuction(event);
        long bidder = hot(event, 8, 4) ? lastPerson(event) / 100 * 100 + 1 : somePerson(event);
        long bits = draw(event, CHANNEL);
        boolean known = (bits & 1) == 1;
        int at = (int) below(bits, known ? 4 : 10_000);
        return GenericRowData.of(1000 + auction, 1000 + bidder, price(event, PRICE), string(known ? HOT_NAMES[at] : channels[at]),
                string(known ? hotUrls[at] : urls[at]), TimestampData.fromEpochMillis(time(event)), string(extra(event, 100 - 32)));
    }
}
