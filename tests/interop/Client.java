// Connects as it is told (PORT SNI VERSION OFFER, "-" for no extension) and prints what it saw as JSON.
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

public class Client {
  private static final class Anybody extends X509ExtendedTrustManager {
    @Override public void checkClientTrusted(X509Certificate[] chain, String type) {}
    @Override public void checkServerTrusted(X509Certificate[] chain, String type) {}
    @Override public void checkClientTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}
    @Override public void checkServerTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}
    @Override public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}
    @Override public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}
    @Override public X509Certificate[] getAcceptedIssuers() { return new X509Certificate[0]; }
  }

  private static String quoted(String text) { return text.isEmpty() ? "null" : '"' + text + '"'; }

  public static void main(String[] arguments) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new Anybody()}, null);
    int port = Integer.parseInt(arguments[0]);
    try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port)) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(arguments[1])));
      parameters.setProtocols(new String[] {"TLSv" + arguments[2]});
      if (!arguments[3].equals("-")) parameters.setApplicationProtocols(arguments[3].split(","));
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      byte[] certificate = socket.getSession().getPeerCertificates()[0].getEncoded();
      StringBuilder fingerprint = new StringBuilder();
      for (byte each : MessageDigest.getInstance("SHA-256").digest(certificate)) {
        fingerprint.append(String.format("%02x", each));
      }
      String tls = socket.getSession().getProtocol().replace("TLSv", "");
      System.out.printf("{\"selected\": %s, \"tls\": \"%s\", \"certificate\": \"%s\"}%n",
          quoted(socket.getApplicationProtocol()), tls, fingerprint);
    } catch (SSLException failure) {
      // Java names the alert in words only.
      if (!failure.getMessage().contains("no_application_protocol")) throw failure;
      System.out.println("{\"alert\": 120}");
    }
  }
}
