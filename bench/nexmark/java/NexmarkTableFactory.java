import java.util.Set;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.ProviderContext;
import org.apache.flink.table.connector.source.*;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.*;
import org.apache.flink.table.types.DataType;
import org.apache.flink.api.common.typeinfo.TypeInformation;

/** The connector "nexmark" of Flink: the first "events" events of a seed, made as they are read. */
public class NexmarkTableFactory implements DynamicTableSourceFactory {
    static final ConfigOption<Long> EVENTS = ConfigOptions.key("events").longType().noDefaultValue();
    static final ConfigOption<Long> SEED = ConfigOptions.key("seed").longType().noDefaultValue();

    @Override public String factoryIdentifier() { return "nexmark"; }
    @Override public Set<ConfigOption<?>> requiredOptions() { return Set.of(EVENTS, SEED); }
    @Override public Set<ConfigOption<?>> optionalOptions() { return Set.of(); }

    @Override public DynamicTableSource createDynamicTableSource(Context context) {
        FactoryUtil.TableFactoryHelper helper = FactoryUtil.createTableFactoryHelper(this, context);
        helper.validate();
        return new Events(helper.getOptions().get(SEED), helper.getOptions().get(EVENTS), context.getPhysicalRowDataType());
    }

    static final class Events implements ScanTableSource {
        final long seed, events;
        final DataType rows;

        Events(long seed, long events, DataType rows) {
            this.seed = seed;
            this.events = events;
            this.rows = rows;
        }

        @Override public ChangelogMode getChangelogMode() { return ChangelogMode.insertOnly(); }
        @Override public DynamicTableSource copy() { return new Events(seed, events, rows); }
        @Override public String asSummaryString() { return "nexmark"; }

        @Override public ScanRuntimeProvider getScanRuntimeProvider(ScanContext scan) {
            TypeInformation<RowData> type = scan.createTypeInformation(rows);
            return new DataStreamScanProvider() {
                @Override public DataStream<RowData> produceDataStream(ProviderContext provider, StreamExecutionEnvironment env) {
                    return env.fromSource(new NumberSequenceSource(0, events - 1), WatermarkStrategy.noWatermarks(), "numbers")
                            .map(new Make(seed)).returns(type);
                }
                @Override public boolean isBounded() { return true; }
            };
        }
    }

    static final class Make extends RichMapFunction<Long, RowData> {
        final long seed;
        transient NexmarkEvents events;

        Make(long seed) { this.seed = seed; }
        @Override public void open(OpenContext context) { events = new NexmarkEvents(seed); }
        @Override public RowData map(Long event) { return events.event(event); }
    }
}
