// Around alerts; docs/alerting.md has what each member means.
export type {
  Alert,
  AlertList as AlertPage,
  AlertState,
  AlertWithNotices as AlertDetail,
  Delivery,
  DeliveryList as DeliveryPage,
  DeliveryState,
  DeliveryWithLog as DeliveryDetail,
  Silence,
  SilenceList,
  Sink,
  SinkList,
  SinkTest,
} from './schema';
