// Weka: weka.classifiers.functions.LinearRegression
import java.io.DataInputStream;
import java.io.IOException;
import java.io.BufferedInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import weka.classifiers.functions.LinearRegression;
import weka.core.Attribute;
import weka.core.FastVector;
import weka.core.Instance;
import weka.core.Instances;
import weka.core.SelectedTag;

class Main {
    static final DataInputStream INPUT = new DataInputStream(new BufferedInputStream(System.in));

    static String line() throws IOException {
        StringBuilder text = new StringBuilder();
        for (int c = INPUT.read(); c != '\n'; c = INPUT.read()) {
            if (c < 0) return null;
            text.append((char) c);
        }
        return text.toString();
    }

    static String setting(String line, String key) {
        Matcher found = Pattern.compile("\"" + key + "\": (?:\"([^\"]*)\"|([^,}]*))").matcher(line);
        if (!found.find()) throw new IllegalArgumentException("no " + key + " in the request");
        return found.group(1) != null ? found.group(1) : found.group(2);
    }

    static double[] doubles(int count) throws IOException {
        byte[] bytes = new byte[8 * count];
        INPUT.readFully(bytes);
        double[] values = new double[count];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().get(values);
        return values;
    }

    static Instances load(String line) throws IOException {
        int rows = Integer.parseInt(setting(line, "rows")), columns = Integer.parseInt(setting(line, "columns"));
        FastVector names = new FastVector();
        double[][] table = new double[columns + 1][];
        for (int j = 0; j <= columns; j++) {
            names.addElement(new Attribute(j < columns ? "x" + j : "y"));
            table[j] = doubles(rows);
        }
        Instances data = new Instances("data", names, rows);
        data.setClassIndex(columns);
        double[] weights = setting(line, "weights").equals("1") ? doubles(rows) : null;
        for (int i = 0; i < rows; i++) {
            double[] row = new double[columns + 1];
            for (int j = 0; j <= columns; j++) row[j] = table[j][i];
            data.add(new Instance(weights == null ? 1.0 : weights[i], row));
        }
        return data;
    }

    static double[] fit(String request, Instances data) throws Exception {
        LinearRegression model = new LinearRegression();
        model.setAttributeSelectionMethod(
            new SelectedTag(LinearRegression.SELECTION_NONE, LinearRegression.TAGS_SELECTION));
        model.setEliminateColinearAttributes(false);
        model.setRidge(Double.parseDouble(setting(request, "ridge")));
        model.buildClassifier(data);
        double[] all = model.coefficients();  // one for each attribute, the target's 0 among them, then the intercept
        double[] estimates = new double[data.numAttributes()];
        estimates[0] = all[all.length - 1];
        System.arraycopy(all, 0, estimates, 1, data.numAttributes() - 1);
        return estimates;
    }

    static void answer(String id, String rest) {
        System.out.println("@linbench {\"id\": " + id + ", " + rest + "}");
        System.out.flush();
    }

    public static void main(String[] words) throws Exception {
        Instances data = null;
        String about = null;
        for (String line = line(); line != null; line = line()) {
            if (line.isEmpty()) continue;
            String id = setting(line, "id");
            try {
                if (setting(line, "do").equals("load")) {
                    about = line;
                    data = load(line);
                    answer(id, "\"versions\": {\"Weka\": \"" + weka.core.Version.VERSION + "\", \"Java\": \""
                        + System.getProperty("java.version") + "\"}");
                    continue;
                }
                long begun = System.nanoTime();
                double[] estimates = fit(about, data);
                double seconds = 1e-9 * (System.nanoTime() - begun);
                StringBuilder text = new StringBuilder();
                for (double value : estimates) text.append(Double.toHexString(value)).append(' ');
                answer(id, "\"estimates\": \"" + text.toString().trim() + "\", \"seconds\": " + seconds);
            } catch (Exception no) {
                answer(id, "\"error\": \"" + String.valueOf(no).replaceAll("[\"\\\\\\p{Cntrl}]", " ") + "\"");
            }
        }
    }
}
