//! nginx: the five pages and a site of our own, plain and by TLS with HTTP/2.

use crate::{
    certificates::Certificates,
    server::{Server, free_port, tool},
};
use std::{fs, path::Path};

/// A running nginx.
pub struct Nginx {
    _server: Server,
    /// The port of HTTP.
    pub plain: u16,
    /// The port of HTTPS, certificate in order, HTTP/2 offered.
    pub secure: u16,
    /// Ports of HTTPS whose certificate is damaged.
    pub other_name: u16,
    pub expired: u16,
    pub unknown_root: u16,
    pub self_signed: u16,
}

impl Nginx {
    /// Serves `pages` under `/pages/` and `site` under `/`, keeping its files in `folder`.
    pub fn start(folder: &Path, pages: &Path, site: &Path, certificates: &Certificates) -> Nginx {
        let plain = free_port();
        let damaged = [
            &certificates.good,
            &certificates.other_name,
            &certificates.expired,
            &certificates.unknown_root,
            &certificates.self_signed,
        ];
        let ports = damaged.map(|_| free_port());
        let mut servers = format!("server {{ listen 127.0.0.1:{plain}; include site.conf; }}\n");
        for (certificate, port) in damaged.iter().zip(ports) {
            servers += &format!(
                "server {{ listen 127.0.0.1:{port} ssl http2; ssl_certificate {}; ssl_certificate_key {}; include site.conf; }}\n",
                certificate.chain.display(),
                certificate.key.display()
            );
        }
        write(folder, "site.conf", &locations(pages, site));
        write(folder, "nginx.conf", &configuration(folder, &servers));
        let mut command = tool("nginx", ["-e", "stderr", "-c"]);
        command.arg(folder.join("nginx.conf")).arg("-p").arg(folder);
        let [secure, other_name, expired, unknown_root, self_signed] = ports;
        Nginx {
            _server: Server::on_port(command, plain, &folder.join("nginx.log")),
            plain,
            secure,
            other_name,
            expired,
            unknown_root,
            self_signed,
        }
    }
}

/// Octets of `/large.html`.
const LARGE: usize = 3_000_000;

/// `nginx.conf` in `folder`, for an nginx that somebody else starts on a machine of its own.
pub fn write_for_another_machine(folder: &Path, certificates: &Certificates) {
    const PAGE: &str = "location / { default_type text/html; return 200 '<!doctype html><p>A page over a cable.'; }";
    let good = &certificates.good;
    let large = "<!doctype html><p>".to_owned() + &"many words ".repeat(LARGE / 11);
    write(folder, "large.html", &large);
    let large = format!("location /large.html {{ root {}; }}", folder.display());
    let servers = format!(
        "server {{ listen 80; listen [::]:80; {large} {PAGE} }}\n\
         server {{ listen 443 ssl http2; ssl_certificate {}; ssl_certificate_key {}; {PAGE} }}\n",
        good.chain.display(),
        good.key.display()
    );
    // The only user of a namespace is root; as anybody else nginx would not start.
    let whole = format!("user root;\n{}", configuration(folder, &servers));
    write(folder, "nginx.conf", &whole);
}

/// One process in the foreground, so that ending the child ends all of it.
fn configuration(folder: &Path, servers: &str) -> String {
    let here = folder.display();
    format!(
        "daemon off; master_process off; pid {here}/nginx.pid; error_log stderr;\n\
         events {{ worker_connections 256; }}\n\
         http {{\n\
           access_log off; default_type application/octet-stream;\n\
           types {{ text/html html; text/css css; image/png png; image/svg+xml svg; }}\n\
           client_body_temp_path {here}/body; proxy_temp_path {here}/proxy; fastcgi_temp_path {here}/fastcgi;\n\
           uwsgi_temp_path {here}/uwsgi; scgi_temp_path {here}/scgi;\n\
           gzip on; gzip_types text/css;\n\
           {servers}\
         }}\n"
    )
}

fn locations(pages: &Path, site: &Path) -> String {
    format!(
        "location /pages/ {{ alias {}/; }}\n\
         location / {{ root {}; }}\n\
         location /around {{ return 302 /back; }}\n\
         location /back {{ return 302 /around; }}\n\
         location /moved {{ return 301 /pages/hello.html; }}\n\
         location /broken {{ return 500 'broken'; }}\n",
        pages.display(),
        site.display()
    )
}

fn write(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).expect("a temporary folder can be written");
}
