import java.io.*;
import java.nio.file.*;
import java.security.*;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.util.*;
import javax.crypto.spec.*;
import org.bouncycastle.asn1.*;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.*;
import org.bouncycastle.cms.*;
import org.bouncycastle.cms.jcajce.*;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.operator.OutputAEADEncryptor;
import org.bouncycastle.operator.jcajce.*;

/**
 * The other side of bouncy-castle.test.ts. `make KEYS FOLDER CONTENT` writes CMS of every kind Bouncy Castle has; `check KEYS FOLDER CONTENT`
 * reads what Sluice wrote and says OK or FAIL for each. A file is named KIND.WHAT.WHO.p7[smz].
 */
public class Interop {
  static final String[] people = {"rsa", "p256", "p384", "p521", "ed25519", "ed448"};
  static Path keys, folder;
  static byte[] content;

  interface Make { byte[] run() throws Exception; }

  public static void main(String[] arguments) throws Exception {
    Security.addProvider(new BouncyCastleProvider());
    keys = Path.of(arguments[1]);
    folder = Path.of(arguments[2]);
    content = Files.readAllBytes(Path.of(arguments[3]));
    if (arguments[0].equals("make")) { sign(); encrypt(); compress(); } else check();
  }

  static void put(String name, Make make) {
    try { Files.write(folder.resolve(name), make.run()); } catch (Exception e) { System.out.println("CANNOT " + name + ": " + e); }
  }

  static X509Certificate certificate(String who) throws Exception {
    try (InputStream in = Files.newInputStream(keys.resolve(who + ".pem"))) {
      return (X509Certificate) CertificateFactory.getInstance("X.509", "BC").generateCertificate(in);
    }
  }

  static PrivateKey key(String who) throws Exception {
    try (PEMParser parser = new PEMParser(Files.newBufferedReader(keys.resolve(who + ".key")))) {
      Object found = parser.readObject();
      while (!(found instanceof PrivateKeyInfo) && !(found instanceof PEMKeyPair)) found = parser.readObject();
      JcaPEMKeyConverter converter = new JcaPEMKeyConverter().setProvider("BC");
      return found instanceof PEMKeyPair pair ? converter.getKeyPair(pair).getPrivate() : converter.getPrivateKey((PrivateKeyInfo) found);
    }
  }

  static byte[] keyIdentifier(String who) throws Exception {
    return ((ASN1OctetString) JcaX509ExtensionUtils.parseExtensionValue(certificate(who).getExtensionValue("2.5.29.14"))).getOctets();
  }

  // Signatures

  static SignerInfoGenerator signer(String algorithm, String who, String form) throws Exception {
    var signer = new JcaContentSignerBuilder(algorithm).setProvider("BC").build(key(who));
    var digests = new JcaDigestCalculatorProviderBuilder().setProvider("BC").build();
    if (form.equals("keyid")) return new SignerInfoGeneratorBuilder(digests).build(signer, keyIdentifier(who));
    return new JcaSignerInfoGeneratorBuilder(digests).setDirectSignature(form.equals("bare")).build(signer, certificate(who));
  }

  static JcaCertStore store() throws Exception {
    List<X509Certificate> all = new ArrayList<>();
    for (String who : people) all.add(certificate(who));
    return new JcaCertStore(all);
  }

  static byte[] signed(boolean inside, String encoding, SignerInfoGenerator... signers) throws Exception {
    CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
    for (SignerInfoGenerator one : signers) generator.addSignerInfoGenerator(one);
    generator.addCertificates(store());
    return generator.generate(new CMSProcessableByteArray(content), inside).getEncoded(encoding);
  }

  static byte[] streamed(SignerInfoGenerator signer) throws Exception {
    CMSSignedDataStreamGenerator generator = new CMSSignedDataStreamGenerator();
    generator.setBufferSize(7);
    generator.addSignerInfoGenerator(signer);
    generator.addCertificates(store());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream to = generator.open(out, true)) { to.write(content); }
    return out.toByteArray();
  }

  static void sign() throws Exception {
    String[][] all = {
      {"SHA224withRSA", "rsa"}, {"SHA256withRSA", "rsa"}, {"SHA384withRSA", "rsa"}, {"SHA512withRSA", "rsa"}, {"SHA3-256withRSA", "rsa"},
      {"SHA3-512withRSA", "rsa"}, {"SHA512(256)withRSA", "rsa"}, {"SHA256withRSAandMGF1", "rsa"}, {"SHA384withRSAandMGF1", "rsa"},
      {"SHA512withRSAandMGF1", "rsa"}, {"SHA3-256withRSAandMGF1", "rsa"}, {"SHA224withECDSA", "p256"}, {"SHA256withECDSA", "p256"},
      {"SHA512withECDSA", "p256"}, {"SHA3-256withECDSA", "p256"}, {"SHA384withECDSA", "p384"}, {"SHA3-384withECDSA", "p384"},
      {"SHA512withECDSA", "p521"}, {"SHA256withECDSA", "p521"}, {"Ed25519", "ed25519"}, {"Ed448", "ed448"}};
    for (String[] one : all)
      for (String form : new String[] {"usual", "bare", "keyid"}) {
        String name = "sign." + one[0] + "-" + form;
        put(name + "-DER." + one[1] + ".p7s", () -> signed(false, "DER", signer(one[0], one[1], form)));
        put(name + "-BER." + one[1] + ".p7m", () -> signed(true, "BER", signer(one[0], one[1], form)));
        put(name + "-stream." + one[1] + ".p7m", () -> streamed(signer(one[0], one[1], form)));
      }
    put("sign.ten-signers.rsa.p7s", () -> signed(false, "DER",
      signer("SHA256withRSA", "rsa", "usual"), signer("SHA256withECDSA", "p256", "keyid"), signer("SHA384withECDSA", "p384", "usual"),
      signer("SHA512withECDSA", "p521", "usual"), signer("Ed25519", "ed25519", "usual"), signer("Ed448", "ed448", "usual"),
      signer("SHA256withRSAandMGF1", "rsa", "usual"), signer("SHA512withRSA", "rsa", "bare"), signer("SHA256withECDSA", "p256", "usual"),
      signer("SHA384withRSA", "rsa", "keyid")));
    put("sign.countersigned.rsa.p7s", () -> {
      CMSSignedData data = new CMSSignedData(signed(false, "DER", signer("SHA256withRSA", "rsa", "usual")));
      SignerInformation first = data.getSignerInfos().getSigners().iterator().next();
      CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
      generator.addSignerInfoGenerator(signer("SHA256withECDSA", "p256", "usual"));
      first = SignerInformation.addCounterSigners(first, generator.generateCounterSigners(first));
      return CMSSignedData.replaceSigners(data, new SignerInformationStore(first)).getEncoded();
    });
  }

  // Encryption

  interface Recipient { RecipientInfoGenerator make() throws Exception; }

  static RecipientInfoGenerator transport(String who) throws Exception {
    return new JceKeyTransRecipientInfoGenerator(certificate(who)).setProvider("BC");
  }

  static RecipientInfoGenerator oaep(String digest, String mask, byte[] label) throws Exception {
    var source = label == null ? PSource.PSpecified.DEFAULT : new PSource.PSpecified(label);
    var parameters = new OAEPParameterSpec(digest, "MGF1", new MGF1ParameterSpec(mask), source);
    var algorithm = new JcaAlgorithmParametersConverter().getAlgorithmIdentifier(PKCSObjectIdentifiers.id_RSAES_OAEP, parameters);
    return new JceKeyTransRecipientInfoGenerator(certificate("rsa"), algorithm).setProvider("BC");
  }

  static RecipientInfoGenerator agreement(String scheme, ASN1ObjectIdentifier wrap, byte[] material, String... who) throws Exception {
    KeyPairGenerator pairs = KeyPairGenerator.getInstance("EC", "BC");
    pairs.initialize(((ECPublicKey) certificate(who[0]).getPublicKey()).getParams());
    KeyPair own = pairs.generateKeyPair();
    var generator = new JceKeyAgreeRecipientInfoGenerator(new ASN1ObjectIdentifier(scheme), own.getPrivate(), own.getPublic(), wrap).setProvider("BC");
    for (String one : who) generator.addRecipient(certificate(one));
    if (material != null) generator.setUserKeyingMaterial(material);
    return generator;
  }

  static byte[] enveloped(ASN1ObjectIdentifier cipher, RecipientInfoGenerator... recipients) throws Exception {
    CMSEnvelopedDataStreamGenerator generator = new CMSEnvelopedDataStreamGenerator();
    generator.setBufferSize(9);
    for (RecipientInfoGenerator one : recipients) generator.addRecipientInfoGenerator(one);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream to = generator.open(out, new JceCMSContentEncryptorBuilder(cipher).setProvider("BC").build())) { to.write(content); }
    return out.toByteArray();
  }

  static byte[] authEnveloped(ASN1ObjectIdentifier cipher, boolean hasAttributes, RecipientInfoGenerator recipient) throws Exception {
    CMSAuthEnvelopedDataGenerator generator = new CMSAuthEnvelopedDataGenerator();
    generator.addRecipientInfoGenerator(recipient);
    if (hasAttributes) {
      Hashtable<ASN1ObjectIdentifier, Attribute> attributes = new Hashtable<>();
      for (String type : new String[] {"1.2.3.4", "1.2.3.5"})
        attributes.put(new ASN1ObjectIdentifier(type), new Attribute(new ASN1ObjectIdentifier(type), new DERSet(new DERUTF8String("x"))));
      generator.setAuthenticatedAttributeGenerator(new SimpleAttributeTableGenerator(new AttributeTable(attributes)));
      generator.setUnauthenticatedAttributeGenerator(new SimpleAttributeTableGenerator(new AttributeTable(attributes)));
    }
    var encryptor = (OutputAEADEncryptor) new JceCMSContentEncryptorBuilder(cipher).setProvider("BC").build();
    return generator.generate(new CMSProcessableByteArray(content), encryptor).getEncoded();
  }

  static void encrypt() throws Exception {
    Map<String, Recipient> recipients = new LinkedHashMap<>();
    recipients.put("pkcs1.rsa", () -> transport("rsa"));
    recipients.put("keyid.rsa", () -> new JceKeyTransRecipientInfoGenerator(keyIdentifier("rsa"), certificate("rsa").getPublicKey()).setProvider("BC"));
    for (String digest : new String[] {"SHA-1", "SHA-224", "SHA-256", "SHA-384", "SHA-512", "SHA3-256"}) {
      recipients.put("oaep-" + digest + ".rsa", () -> oaep(digest, digest, null));
      recipients.put("oaep-" + digest + "-mgf1-sha1.rsa", () -> oaep(digest, "SHA-1", null));
      recipients.put("oaep-" + digest + "-label.rsa", () -> oaep(digest, digest, "label".getBytes()));
    }
    String[][] schemes = {{"std1", "1.3.133.16.840.63.0.2"}, {"std224", "1.3.132.1.11.0"}, {"std256", "1.3.132.1.11.1"}, {"std384", "1.3.132.1.11.2"},
      {"std512", "1.3.132.1.11.3"}, {"cofactor1", "1.3.133.16.840.63.0.3"}, {"cofactor256", "1.3.132.1.14.1"}, {"cofactor512", "1.3.132.1.14.3"}};
    ASN1ObjectIdentifier[] wraps = {CMSAlgorithm.AES128_WRAP, CMSAlgorithm.AES192_WRAP, CMSAlgorithm.AES256_WRAP, PKCSObjectIdentifiers.id_alg_CMS3DESwrap};
    for (String who : new String[] {"p256", "p384", "p521"})
      for (int at = 0; at < schemes.length; at += 1) {
        String[] scheme = schemes[at];
        ASN1ObjectIdentifier wrap = wraps[at % wraps.length];
        recipients.put(scheme[0] + "." + who, () -> agreement(scheme[1], wrap, null, who));
        recipients.put(scheme[0] + "-ukm." + who, () -> agreement(scheme[1], wrap, "keying material".getBytes(), who));
      }
    for (var one : recipients.entrySet()) {
      put("enveloped." + one.getKey() + ".p7m", () -> enveloped(CMSAlgorithm.AES256_CBC, one.getValue().make()));
      put("authenveloped." + one.getKey() + ".p7m", () -> authEnveloped(CMSAlgorithm.AES256_GCM, false, one.getValue().make()));
    }
    Map<String, ASN1ObjectIdentifier> ciphers = new LinkedHashMap<>(Map.of(
      "aes128", CMSAlgorithm.AES128_CBC, "aes192", CMSAlgorithm.AES192_CBC, "3des", CMSAlgorithm.DES_EDE3_CBC));
    for (var cipher : ciphers.entrySet()) put("enveloped." + cipher.getKey() + ".rsa.p7m", () -> enveloped(cipher.getValue(), transport("rsa")));
    Map<String, ASN1ObjectIdentifier> authenticated = Map.of("gcm128", CMSAlgorithm.AES128_GCM, "gcm192", CMSAlgorithm.AES192_GCM,
      "gcm256", CMSAlgorithm.AES256_GCM, "ccm128", CMSAlgorithm.AES128_CCM, "ccm192", CMSAlgorithm.AES192_CCM, "ccm256", CMSAlgorithm.AES256_CCM);
    for (var cipher : authenticated.entrySet()) {
      put("authenveloped." + cipher.getKey() + ".rsa.p7m", () -> authEnveloped(cipher.getValue(), false, transport("rsa")));
      put("authenveloped." + cipher.getKey() + "-attributes.rsa.p7m", () -> authEnveloped(cipher.getValue(), true, transport("rsa")));
    }
    for (String who : new String[] {"rsa", "p256", "p384"})
      put("enveloped.many." + who + ".p7m", () -> enveloped(CMSAlgorithm.AES128_CBC, transport("rsa"),
        agreement("1.3.132.1.11.1", CMSAlgorithm.AES128_WRAP, null, "p256"), agreement("1.3.132.1.11.2", CMSAlgorithm.AES256_WRAP, null, "p384"),
        new JcePasswordRecipientInfoGenerator(CMSAlgorithm.AES128_CBC, "secret".toCharArray()).setProvider("BC"),
        new JceKEKRecipientInfoGenerator("known before".getBytes(), new SecretKeySpec(new byte[16], "AES")).setProvider("BC")));
  }

  static void compress() {
    put("compressed.whole.any.p7z", () -> new CMSCompressedDataGenerator().generate(new CMSProcessableByteArray(content), new ZlibCompressor()).getEncoded());
    put("compressed.stream.any.p7z", () -> {
      CMSCompressedDataStreamGenerator generator = new CMSCompressedDataStreamGenerator();
      generator.setBufferSize(5);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      try (OutputStream to = generator.open(out, new ZlibCompressor())) { to.write(content); }
      return out.toByteArray();
    });
  }

  // What Sluice wrote

  static void check() throws Exception {
    File[] files = folder.toFile().listFiles();
    for (File file : files) {
      String[] name = file.getName().split("\\.");
      try {
        boolean isGood = readBack(name[0], name[2], name[3], Files.readAllBytes(file.toPath()));
        System.out.println((isGood ? "OK " : "FAIL ") + file.getName());
      } catch (Exception e) { System.out.println("FAIL " + file.getName() + ": " + e); }
    }
  }

  static boolean readBack(String kind, String who, String ending, byte[] octets) throws Exception {
    if (kind.equals("sign")) return verifies(ending.equals("p7s") ? new CMSSignedData(new CMSProcessableByteArray(content), octets) : new CMSSignedData(octets));
    if (kind.equals("compressed")) return Arrays.equals(new CMSCompressedData(octets).getContent(new ZlibExpanderProvider()), content);
    boolean isAuthenticated = kind.equals("authenveloped");
    var recipients = isAuthenticated ? new CMSAuthEnvelopedData(octets).getRecipientInfos() : new CMSEnvelopedData(octets).getRecipientInfos();
    for (RecipientInformation one : recipients) {
      org.bouncycastle.cms.Recipient recipient = one instanceof KeyAgreeRecipientInformation ? new JceKeyAgreeEnvelopedRecipient(key(who)).setProvider("BC")
        : isAuthenticated ? new JceKeyTransAuthEnvelopedRecipient(key(who)).setProvider("BC") : new JceKeyTransEnvelopedRecipient(key(who)).setProvider("BC");
      if (Arrays.equals(one.getContent(recipient), content)) return true;
    }
    return false;
  }

  static boolean verifies(CMSSignedData data) throws Exception {
    for (SignerInformation one : data.getSignerInfos()) {
      var found = data.getCertificates().getMatches(one.getSID()).iterator();
      var certificate = new JcaX509CertificateConverter().setProvider("BC").getCertificate((X509CertificateHolder) found.next());
      if (!one.verify(new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC").build(certificate))) return false;
    }
    return data.getSignerInfos().size() > 0;
  }
}
