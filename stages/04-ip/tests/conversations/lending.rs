//! The two ends of DHCP in a conversation.

use crate::talk::MAC;
use thru_conversation::Talk;
use thru_events::Time;
use thru_ip::dhcp::{Client, ClientOutput, Message, MessageType, Server, ServerConfig};

/// A client, a server, and the message between them.
#[derive(Default)]
pub struct Lending {
    client: Option<Client>,
    server: Option<Server>,
    sent: Option<Message>,
}

impl Lending {
    pub fn obey(&mut self, talk: &mut Talk, words: &[&str]) {
        match words {
            ["client"] => self.begin(talk, Client::new(MAC, 7)),
            ["careful", "client"] => self.begin(talk, Client::verifying(MAC, 7)),
            ["server"] => {
                self.server = Some(Server::new(ServerConfig {
                    server: [10, 0, 0, 1].into(),
                    first: [10, 0, 0, 20].into(),
                    last: [10, 0, 0, 21].into(),
                    prefix: 24,
                    router: Some([10, 0, 0, 1].into()),
                    dns: vec![[10, 0, 0, 1].into()],
                    lease_s: 800,
                }));
            }
            ["carry"] => {
                let message = self.sent.take().expect("something was sent");
                // As it goes over the wire.
                let message = Message::parse(&message.encode()).unwrap();
                let server = self.server.as_mut().expect("a server");
                match server.handle(talk.now, &message, None, &talk.tap) {
                    Some((answer, _)) => {
                        talk.hear(format!("{:?} {}", answer.kind, answer.your_address));
                        self.hear(talk, &answer);
                    }
                    None => talk.hear("no answer".to_owned()),
                }
            }
            ["nak"] => {
                let nak = Message {
                    server: Some([10, 0, 0, 1].into()),
                    ..Message::new(MessageType::Nak, 7, MAC)
                };
                self.hear(talk, &nak);
            }
            [">>", kind, "xid", xid] => {
                let kind = match *kind {
                    "offer" => MessageType::Offer,
                    _ => MessageType::Ack,
                };
                let message = Message {
                    your_address: [10, 0, 0, 99].into(),
                    server: Some([10, 0, 0, 1].into()),
                    lease_s: Some(800),
                    ..Message::new(kind, xid.parse().unwrap(), MAC)
                };
                self.hear(talk, &message);
            }
            ["free"] => self.client.as_mut().unwrap().verified(None, &talk.tap),
            ["taken"] => self
                .client
                .as_mut()
                .unwrap()
                .conflict(talk.now, None, &talk.tap),
            _ => panic!("not understood: {words:?}"),
        }
    }

    fn begin(&mut self, talk: &Talk, mut client: Client) {
        client.start(talk.now, None);
        self.client = Some(client);
    }

    fn hear(&mut self, talk: &Talk, message: &Message) {
        let client = self.client.as_mut().expect("a client");
        client.handle(talk.now, message, None, &talk.tap);
    }

    pub fn work(&mut self, talk: &mut Talk) {
        let Some(client) = &mut self.client else {
            return;
        };
        while let Some(output) = client.poll(talk.now, &talk.tap) {
            talk.hear(match output {
                ClientOutput::Send { message, to, .. } => {
                    let to = to.map_or("all".to_owned(), |to| to.to_string());
                    let words = format!("{:?} to {to}", message.kind);
                    self.sent = Some(message);
                    words
                }
                ClientOutput::Bound { lease, .. } => format!("bound {}", lease.address),
                ClientOutput::Verify { address, .. } => format!("verify {address}"),
                ClientOutput::Lost { .. } => "lost".to_owned(),
                ClientOutput::Unanswered { .. } => "unanswered".to_owned(),
            });
        }
    }

    pub fn wake_at(&self) -> Option<Time> {
        self.client.as_ref()?.wake_at()
    }
}
